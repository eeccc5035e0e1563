using System.CommandLine;
using System.CommandLine.Parsing;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>What is wrong with a command line, in a sentence, and what was probably meant.</summary>
internal static class ParseFailure
{
    /// <summary>Null when the command line can be run.</summary>
    public static CliError? Find(ParseResult parsed, string commandName)
    {
        var command = parsed.CommandResult.Command;
        var call = NameOf(parsed.CommandResult, commandName);
        if (FindUnknownOption(parsed) is { } option)
        {
            var meant = Nearest.Of(option, OptionsOf(parsed.CommandResult));
            return Error($"there is no option {option}", meant, call);
        }

        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [var word, ..])
            return Unknown(word, command, call, commandName);
        if (parsed.UnmatchedTokens is [var surplus, ..])
            return Error($"the command {command.Name} has no use for \"{surplus}\"", null, call);
        if (parsed.Errors.Count == 0)
            return null;
        if (EmptyOption(parsed) is { } empty)
            return Error($"the option {empty.Name} needs a value: {empty.HelpName}", null, call);
        if (command.Subcommands.Count > 0)
            return new CliError(ExitCode.Usage, "no command is given", $"Type {call} with one of {string.Join(", ", command.Subcommands.Select(known => known.Name))}; {call} --help says more.");
        if (MissingArgument(parsed) is { } missing)
            return Error($"the command {command.Name} needs {HelpText.NameOf(missing)}", null, call);
        return Error(string.Join(" ", parsed.Errors.Select(error => error.Message)), null, call);
    }

    private static CliError Unknown(string word, Command command, string call, string commandName)
    {
        var message = $"there is no command \"{word}\"";
        return OtherTools.Find(command.Parents.Any() ? command.Name : "", word) is var (ours, meaning)
            ? new CliError(ExitCode.Usage, message, $"Here {commandName} {ours} {meaning}. {call} --help shows all.")
            : Error(message, Nearest.Of(word, command.Subcommands.Select(known => known.Name)), call);
    }

    private static CliError Error(string message, string? meant, string call) => new(
        ExitCode.Usage, message, meant is null ? $"Run {call} --help to see what it takes." : $"Did you mean {meant}? {call} --help shows all.");

    /// <summary>
    /// The parser takes an option it does not know for an argument: "up --dry-rnu" for a version, "new a --yess" for a part
    /// of the name. What begins with a hyphen is an argument only after "--".
    /// </summary>
    private static string? FindUnknownOption(ParseResult parsed)
    {
        if (parsed.CommandResult.Command.Name is "psql")
            return null;
        var arguments = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value)
            .Concat(parsed.UnmatchedTokens)
            .ToHashSet(StringComparer.Ordinal);
        return parsed.Tokens
            .TakeWhile(token => token.Type is not TokenType.DoubleDash)
            .Select(token => token.Value)
            .FirstOrDefault(value => value.Length > 1 && value[0] == '-' && arguments.Contains(value))
            ?.Split('=')[0];
    }

    private static IEnumerable<string> OptionsOf(CommandResult result)
    {
        for (SymbolResult? level = result; level is not null; level = level.Parent)
        {
            if (level is not CommandResult { Command: var command })
                continue;
            foreach (var option in command.Options)
            {
                if (level == result || option.Recursive)
                    yield return option.Name;
            }
        }
    }

    private static Option? EmptyOption(ParseResult parsed) => parsed.Errors
        .Select(error => error.SymbolResult).OfType<OptionResult>().FirstOrDefault(option => option.Tokens.Count == 0)?.Option;

    private static Argument? MissingArgument(ParseResult parsed) => parsed.CommandResult.Command.Arguments
        .FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > (parsed.GetResult(argument)?.Tokens.Count ?? 0));

    private static string NameOf(CommandResult result, string commandName) =>
        result.Parent is CommandResult parent ? $"{NameOf(parent, commandName)} {result.Command.Name}" : commandName;
}
