using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using PhaserAI.Migrations.Cli;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>docs/reference/commands.md, made from the declarations.</summary>
internal static class CommandsPage
{
    private static readonly CliHost Host = new(TextWriter.Null, TextWriter.Null, TextReader.Null, _ => null, Path.GetTempPath());

    public static string Text()
    {
        var (root, examples) = CommandLine.Describe(Host);
        var page = new StringBuilder();
        page.Append("""
            # Commands

            <!-- Made from src/PhaserAI.Migrations.Cli/Commands/. After a change there:
                 MIGRATE_TEST_REWRITE=1 ./scripts/test.sh -class '*ReferenceTests' -->

            `./scripts/migrate.sh COMMAND --help` says the same. Where the tool is [installed](../install.md), its name is `phaserai-migrate`. What each ends with:
            [exit codes](exit-codes.md). An option that is also a setting has a variable too, see [settings](settings.md).


            """);
        foreach (var command in root.Subcommands)
            Append(page, command, command.Name, examples);
        page.Append("## Options of every command\n\n");
        Table(page, root.Options.Where(option => option.Recursive && IsShown(option)).Select(Entry));
        return page.ToString().TrimEnd() + "\n";
    }

    private static void Append(StringBuilder page, Command command, string path, IReadOnlyDictionary<Command, IReadOnlyList<Example>> examples)
    {
        page.Append(path.Contains(' ', StringComparison.Ordinal) ? "### " : "## ").Append(path).Append("\n\n").Append(command.Description).Append("\n\n");
        Table(page, command.Arguments.Select(argument => (HelpText.NameOf(argument), argument.Description)).Concat(command.Options.Where(IsShown).Select(Entry)));
        if (command.Subcommands.Count == 0)
        {
            page.Append("```bash\n");
            foreach (var example in examples[command])
                page.Append($"./scripts/migrate.sh {example.Arguments}".TrimEnd().PadRight(60)).Append("  # ").Append(example.Meaning).Append('\n');
            page.Append("```\n\n");
        }

        foreach (var below in command.Subcommands)
            Append(page, below, $"{path} {below.Name}", examples);
    }

    private static void Table(StringBuilder page, IEnumerable<(string Term, string? Meaning)> entries)
    {
        var all = entries.ToArray();
        if (all.Length == 0)
            return;
        page.Append("| | |\n|---|---|\n");
        foreach (var (term, meaning) in all)
            page.Append($"| `{term.Replace("|", "\\|", StringComparison.Ordinal)}` | {meaning?.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        page.Append('\n');
    }

    private static bool IsShown(Option option) => option is not HelpOption && !option.Hidden;

    private static (string Term, string? Meaning) Entry(Option option)
    {
        var names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(name => name.Length));
        return (option.HelpName is { } value ? $"{names} {value}" : names, option.Description);
    }
}
