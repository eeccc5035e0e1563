using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;

namespace PhaserAI.Migrations.Cli.Completion;

/// <summary>What can follow after a command.</summary>
/// <param name="Path">Its name with those of the commands above it, <c>backup verify</c>; empty for the tool.</param>
/// <param name="Commands">The commands below it, with what they do.</param>
/// <param name="Options">Its options, also those that every command has.</param>
/// <param name="Argument">Its argument; null when it takes none.</param>
/// <param name="IsRepeated">Whether it takes more than one.</param>
internal sealed record CompletedCommand(
    string Path, ImmutableArray<(string Name, string Help)> Commands, ImmutableArray<CompletedOption> Options, CompletedValue? Argument, bool IsRepeated)
{
    /// <summary>A command and all below it.</summary>
    public static IEnumerable<CompletedCommand> Of(Command command) => Of(command, "", []);

    private static IEnumerable<CompletedCommand> Of(Command command, string path, ImmutableArray<CompletedOption> above)
    {
        var options = above.AddRange(command.Options.Where(option => !option.Hidden).Select(Read));
        var argument = command.Arguments.FirstOrDefault();
        yield return new CompletedCommand(
            path,
            [.. command.Subcommands.Select(below => (below.Name, FirstSentence(below.Description)))],
            options,
            argument is null ? null : Value(argument.HelpName ?? argument.Name, argument.CompletionSources.Count > 0 ? argument.GetCompletions(CompletionContext.Empty) : [], isArgument: true),
            argument?.Arity.MaximumNumberOfValues > 1);
        foreach (var below in command.Subcommands)
        {
            foreach (var completed in Of(below, $"{path} {below.Name}".TrimStart(), [.. above, .. command.Options.Where(option => option.Recursive && !option.Hidden).Select(Read)]))
                yield return completed;
        }
    }

    private static CompletedOption Read(Option option)
    {
        var hasValue = option is not HelpOption and not VersionOption && option.ValueType != typeof(bool);
        return new CompletedOption(
            [.. option.Aliases.Where(alias => alias.StartsWith('-')).Prepend(option.Name).Distinct(StringComparer.Ordinal)],
            FirstSentence(option.Description),
            hasValue ? Value(option.HelpName ?? "", option.CompletionSources.Count > 0 ? option.GetCompletions(CompletionContext.Empty) : [], isArgument: false) : null);
    }

    private static CompletedValue Value(string name, IEnumerable<CompletionItem> words, bool isArgument)
    {
        var declared = words.Select(word => word.Label).ToImmutableArray();
        if (!declared.IsEmpty)
            return new CompletedValue(CompletedKind.Word, declared);
        if (name.Contains('|', StringComparison.Ordinal))
            return new CompletedValue(CompletedKind.Word, [.. name.Split('|')]);
        return new CompletedValue(
            name.ToUpperInvariant() switch
            {
                "VERSION" => CompletedKind.Version,
                "FILE" => isArgument ? CompletedKind.SqlFile : CompletedKind.File,
                "FOLDER" or "DIR" => CompletedKind.Folder,
                _ => CompletedKind.Anything,
            },
            []);
    }

    private static string FirstSentence(string? help) => (help ?? "").Split([". ", ": ", "; "], StringSplitOptions.None)[0].TrimEnd('.');
}

/// <summary>An option.</summary>
/// <param name="Names">Its names, the long one first.</param>
/// <param name="Help">What it does.</param>
/// <param name="Value">Its value; null when it has none.</param>
internal sealed record CompletedOption(ImmutableArray<string> Names, string Help, CompletedValue? Value);
