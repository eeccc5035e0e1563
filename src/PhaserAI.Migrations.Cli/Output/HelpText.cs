using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>What <c>--help</c> prints: usage, arguments, options, examples; for the tool as a whole the settings and exit codes too.</summary>
internal sealed class HelpText(CliHost host, IReadOnlyDictionary<Command, IReadOnlyList<Example>> examples) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        Write(host.Out, parseResult.CommandResult.Command, Style.For(host.OutIsTerminal, host.Variable));
        return ExitCode.Done;
    }

    public void Write(TextWriter writer, Command command, Style style)
    {
        var width = Math.Clamp(host.Width(), 50, 110);
        Wrap(writer, command.Description ?? "", "", 0, width);
        writer.WriteLine();
        writer.WriteLine($"{style.Bold("Usage:")} {Usage(command)}");
        foreach (var (title, commands) in command.Parents.Any() ? [("Commands", command.Subcommands)] : Overview.Of(command).Select(group => (group.Title, group.Commands.Select(entry => entry.Command))))
            Section(writer, style, width, title, commands.Select(known => ($"{known.Name} {Arguments(known)}".TrimEnd(), known.Description)));
        Section(writer, style, width, "Arguments", command.Arguments.Select(argument => (NameOf(argument), argument.Description)));
        if (command.Parents.Any())
            Section(writer, style, width, "Options", command.Options.Where(IsShown).Select(Entry));
        Section(writer, style, width, "Options of every command", Root(command).Options.Where(option => option.Recursive && IsShown(option)).Select(Entry)
            .Append(("-h, --help", "Show this help.")));
        if (!command.Parents.Any())
        {
            Section(writer, style, width, "Environment variables", KnownSettings.All.Where(setting => setting.Flag is null).Select(setting =>
                (string.Join(", ", setting.Variables), (string?)$"{setting.Help}{(setting.DefaultText is null ? "" : $" Default: {setting.DefaultText}.")}")));
            Section(writer, style, width, "Exit codes", ExitCode.Meanings.Select(code => ($"{code.Code}", (string?)code.Meaning)));
        }

        Section(writer, style, width, "Examples", examples.GetValueOrDefault(command, []).Select(example =>
            ($"{host.CommandName} {example.Arguments}".TrimEnd(), (string?)example.Meaning)));
    }

    /// <summary>What stands for an argument: <c>VERSION</c>, <c>FILE…</c>.</summary>
    public static string NameOf(Argument argument) =>
        argument.Name.ToUpperInvariant() + (argument.Arity.MaximumNumberOfValues > 1 ? "…" : "");

    private string Usage(Command command)
    {
        var names = new List<string>();
        for (var level = command; level.Parents.FirstOrDefault() is Command parent; level = parent)
            names.Insert(0, level.Name);
        if (command.Subcommands.Count > 0)
            names.Add("COMMAND");
        if (Arguments(command) is { Length: > 0 } arguments)
            names.Add(arguments);
        return $"{host.CommandName} {string.Join(' ', names)} [options]";
    }

    private static string Arguments(Command command) => string.Join(' ', command.Arguments.Select(argument =>
        argument.Arity.MinimumNumberOfValues == 0 ? $"[{NameOf(argument)}]" : NameOf(argument)));

    private static Command Root(Command command) => command.Parents.FirstOrDefault() is Command parent ? Root(parent) : command;

    private static bool IsShown(Option option) => option is not HelpOption && !option.Hidden;

    private static (string Term, string? Meaning) Entry(Option option)
    {
        var names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(name => name.Length));
        return (option.HelpName is { } value ? $"{names} {value}" : names, option.Description);
    }

    private static void Section(TextWriter writer, Style style, int width, string title, IEnumerable<(string Term, string? Meaning)> entries)
    {
        var all = entries.ToArray();
        if (all.Length == 0)
            return;
        writer.WriteLine();
        writer.WriteLine(style.Bold(title + ":"));
        var column = Math.Min(width * 2 / 5, all.Max(entry => entry.Term.Length)) + 4;
        foreach (var (term, meaning) in all)
        {
            var start = $"  {term}";
            if (start.Length + 2 > column)
            {
                writer.WriteLine(start);
                start = "";
            }

            Wrap(writer, meaning ?? "", start.PadRight(column), column, width);
        }
    }

    private static void Wrap(TextWriter writer, string text, string start, int indentation, int width)
    {
        var line = start;
        foreach (var word in text.Split(' '))
        {
            if (line.Length > indentation && line.Length + 1 + word.Length > width)
            {
                writer.WriteLine(line.TrimEnd());
                line = new string(' ', indentation);
            }

            line += line.Length > indentation ? " " + word : word;
        }

        writer.WriteLine(line.TrimEnd());
    }
}

/// <summary>A call that shows what a command is for.</summary>
internal sealed record Example(string Arguments, string Meaning);
