using System.CommandLine;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Cli.Output.Json;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    private readonly Dictionary<Setting, Option<string?>> _settings = [];

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "text (the default) for people, json for programs: one document on the standard output.",
        HelpName = "text|json",
        Recursive = true,
    };

    private readonly Option<string?> _logFormat = new("--log-format")
    {
        Description = "text (the default) or json: on the standard error one line of JSON for each event, without colours and progress.",
        HelpName = "text|json",
        Recursive = true,
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q")
    {
        Description = "Only results and errors: no notes, no progress, no status at the end.",
        Recursive = true,
    };

    private readonly Option<bool> _yes = new("--yes", "-y")
    {
        Description = "Do not ask for confirmation: the answer is yes.",
        Recursive = true,
    };

    public GlobalOptions()
    {
        foreach (var setting in KnownSettings.All)
        {
            if (setting.Flag is not { } flag)
                continue;
            _settings[setting] = new Option<string?>(flag)
            {
                Description = $"{setting.Help} Default: {setting.DefaultText}. Variable: {setting.Variables[0]}.",
                HelpName = setting.Value,
                Recursive = true,
            };
            if (!setting.Choices.IsEmpty)
                _settings[setting].CompletionSources.Add([.. setting.Choices]);
        }

        _settings[KnownSettings.Environment].Aliases.Add("-e");
    }

    public void AddTo(Command root)
    {
        foreach (var option in _settings.Values)
            root.Options.Add(option);
        root.Options.Add(_output);
        root.Options.Add(_logFormat);
        root.Options.Add(_quiet);
        root.Options.Add(_yes);
    }

    public string? Get(ParseResult parsed, Setting setting) => parsed.GetValue(_settings[setting]);

    /// <summary>The settings that were given as options, and --no-backup, as they are typed; begins with a space, or is empty.</summary>
    public string Again(ParseResult parsed)
    {
        var given = _settings.Values.Where(option => parsed.GetResult(option) is { Tokens: [_, ..] })
            .Select(option => $" {option.Name} {Quoted(parsed.GetValue(option) ?? "")}");
        return string.Concat(given.Concat(parsed.Tokens.Where(token => token.Value == "--no-backup").Take(1).Select(token => $" {token.Value}")));

        static string Quoted(string value) =>
            value.Length > 0 && value.All(letter => char.IsAsciiLetterOrDigit(letter) || "._-/:,=+@".Contains(letter, StringComparison.Ordinal)) ? value : $"'{value.Replace("'", @"'\''", StringComparison.Ordinal)}'";
    }

    public bool IsYes(ParseResult parsed) => parsed.GetValue(_yes);

    /// <summary>Whether it asks for JSON, even when the rest of it can't be understood.</summary>
    public bool WantsJson(ParseResult parsed) =>
        string.Equals(parsed.GetResult(_output)?.Tokens is [.., var last] ? last.Value : null, "json", StringComparison.OrdinalIgnoreCase);

    /// <summary>The reporter that the call asks for, as far as the command line can be read.</summary>
    /// <exception cref="UsageException">There is no such form of output.</exception>
    public IReporter Reporter(ParseResult parsed, CliHost host)
    {
        return parsed.GetValue(_logFormat)?.ToLowerInvariant() switch
        {
            "json" => new LogReporter(host.Error, host.TimeProvider, LogOf(parsed, host), Results(parsed, host with { Error = TextWriter.Null, ErrorIsTerminal = false })),
            "text" or null => Results(parsed, host),
            var other => throw new UsageException($"there is no log format \"{other}\"", $"{Guess(other)}Use --log-format text or --log-format json."),
        };
    }

    /// <summary>What every line of the log says.</summary>
    private static LogLine LogOf(ParseResult parsed, CliHost host) => new(default, "", "", Guid.CreateVersion7(host.TimeProvider.GetUtcNow()).ToString())
    {
        Command = parsed.CommandResult.Command.Name,
        OsUser = Environment.UserName,
        Host = Environment.MachineName,
        GitCommit = GitCommit.Read(ProjectFolder.Find(host).Path),
        Tool = $"phaserai-migrate {ToolVersion.Current}",
    };

    private static string Guess(string form) => Nearest.Of(form, ["text", "json"]) is { } meant ? $"Did you mean {meant}? " : "";

    private IReporter Results(ParseResult parsed, CliHost host)
    {
        var isQuiet = parsed.GetValue(_quiet);
        return parsed.GetValue(_output)?.ToLowerInvariant() switch
        {
            "json" => new JsonReporter(host, isQuiet),
            "text" or null => new TextReporter(host, isQuiet),
            var other => throw new UsageException($"there is no output form \"{other}\"", $"{Guess(other)}Use --output text or --output json."),
        };
    }
}
