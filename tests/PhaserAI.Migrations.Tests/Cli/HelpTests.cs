using System.CommandLine;
using PhaserAI.Migrations.Cli;
using PhaserAI.Migrations.Cli.Commands;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>Help that can be used: every command has examples that work as typed, and every command is found.</summary>
public sealed class HelpTests : IDisposable
{
    private static readonly CliHost Host = new(TextWriter.Null, TextWriter.Null, TextReader.Null, _ => null, Path.GetTempPath());

    private readonly MigrationFolder _folder = new();

    /// <summary>Each command as it is typed; the empty text is the tool alone.</summary>
    public static TheoryData<string> Commands => [.. Walk(CommandLine.Describe(Host).Root, "").Select(entry => entry.Path)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_ends_with_examples_that_can_be_run(string path)
    {
        var (root, examples) = CommandLine.Describe(Host);
        var command = Walk(root, "").Single(entry => entry.Path == path).Command;
        Assert.NotEmpty(examples[command]);
        var help = (await new CliRunner(_folder, null).RunAsync([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"])).Out;
        var last = help[help.IndexOf("Examples:", StringComparison.Ordinal)..];
        foreach (var example in examples[command])
        {
            Assert.Contains($"./scripts/migrate.sh {example.Arguments}", last, StringComparison.Ordinal);
            Assert.EndsWith(".", example.Meaning, StringComparison.Ordinal);
            var parsed = root.Parse(Words(example.Arguments));
            Assert.Null(ParseFailure.Find(parsed, "migrate.sh"));
            var called = parsed.CommandResult.Command;
            Assert.True(command.Subcommands.Count > 0 || called == command, $"{example.Arguments} is an example of another command");
            Assert.True(called.Action is not null, $"{example.Arguments} does nothing");
        }
    }

    [Fact]
    public async Task Alone_the_tool_shows_every_command_in_groups_and_does_nothing()
    {
        var result = await new CliRunner(_folder, null).RunAsync();
        Assert.Equal(2, result.Code);
        Assert.Empty(result.Out);
        Assert.All(CommandLine.Describe(Host).Root.Subcommands, command => Assert.Matches($"(?m)^  {command.Name}  +[a-z]", result.Error));
        string[] order = ["Write and run migrations:", "  new ", "  up ", "See where things stand:", "  status ", "Back up:", "Set up:", "--help says more"];
        Assert.Equal(order.OrderBy(part => result.Error.IndexOf(part, StringComparison.Ordinal)), order);
        Assert.InRange(result.Error.Split('\n').Length, 20, 45);
        Assert.DoesNotContain("More:", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_help_of_the_tool_has_the_same_groups()
    {
        var help = (await new CliRunner(_folder, null).RunAsync("--help")).Out;
        Assert.All(CommandLine.Describe(Host).Root.Subcommands, command => Assert.Matches($"(?m)^  {command.Name} ", help));
        Assert.Contains("\nWrite and run migrations:\n", help, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<(string Path, Command Command)> Walk(Command command, string path)
    {
        yield return (path, command);
        foreach (var below in command.Subcommands)
        {
            foreach (var found in Walk(below, $"{path} {below.Name}".TrimStart()))
                yield return found;
        }
    }

    /// <summary>As a shell cuts them.</summary>
    private static string[] Words(string line) =>
        [.. line.Split('"').SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
}
