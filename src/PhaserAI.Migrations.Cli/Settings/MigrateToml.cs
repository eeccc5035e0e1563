using System.Globalization;
using PhaserAI.Migrations.Cli.Commands;
using PhaserAI.Migrations.Scripts;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>
/// Reads migrate.toml: settings for every environment, and in <c>[environments.prod]</c> what is different for one. All of it is
/// checked, whichever environment the call is for. The file is committed, so it must hold no secret.
/// </summary>
internal sealed class MigrateToml
{
    private const string Section = "environments";
    private static readonly string[] Environments = ["dev", "test", "staging", "prod"];
    private static readonly string[] SecretWords = ["password", "passwd", "secret", "token", "credential"];

    private readonly string _file;
    private readonly string _folder;
    private readonly Dictionary<(string Environment, string Variable), SettingValue> _values = [];
    private readonly List<SettingProblem> _problems = [];

    private MigrateToml(string file, string folder) => (_file, _folder) = (file, folder);

    public IReadOnlyList<SettingProblem> Problems => _problems;

    /// <summary>What it says about a variable: for that environment, else for every one.</summary>
    public SettingValue? Find(string environment, string variable) =>
        _values.GetValueOrDefault((environment, variable)) ?? _values.GetValueOrDefault(("", variable));

    /// <param name="file">How messages name it.</param>
    /// <param name="folder">Where relative paths in it start.</param>
    /// <param name="text">Its text.</param>
    public static MigrateToml Read(string file, string folder, string text)
    {
        var read = new MigrateToml(file, folder);
        var document = SyntaxParser.Parse(text, file, validate: true);
        if (document.HasErrors)
        {
            // Those after the first often follow from it.
            var first = document.Diagnostics.First(message => message.Kind is DiagnosticMessageKind.Error);
            read.Refuse(first.Span, $"this is no TOML: {WithoutText(first.Message)}", "Write key = \"value\", in sections like [environments.prod]; text stands in quotes.");
            return read;
        }

        foreach (var pair in document.KeyValues)
            read.Add([], pair);
        foreach (var table in document.Tables)
        {
            if (table is TableArraySyntax)
                read.Refuse(table.Name!.Span, "a section in double brackets has no meaning here", "Write [environments.prod].");
            else if (table.Items.ChildrenCount == 0)
                read.CheckSection(Names(table.Name!), table.Name!);
            foreach (var pair in table.Items)
                read.Add(table is TableArraySyntax ? null : Names(table.Name!), pair);
        }

        return read;
    }

    private void Add(string[]? section, KeyValueSyntax pair)
    {
        if (section is null)
            return;
        string[] path = [.. section, .. Names(pair.Key!)];
        if (pair.Value is InlineTableSyntax table)
        {
            foreach (var item in table.Items)
                Add(path, item.KeyValue!);
        }
        else if (path is [var key])
        {
            Set("", key, pair);
        }
        else if (CheckSection(path[..^1], pair.Key!) is { } environment)
        {
            Set(environment, path[^1], pair);
        }
    }

    /// <summary>The environment that a section is for; null when there is no such section, which is said once for each of its keys.</summary>
    private string? CheckSection(string[] path, KeySyntax at)
    {
        if (path is [Section, var name] && EnvironmentName.Normalize(name) is var environment && EnvironmentName.IsKnown(environment))
            return environment;
        var meant = path is [Section, var mistyped] ? Nearest.Of(mistyped, Environments) : path is [var alone] && EnvironmentName.IsKnown(EnvironmentName.Normalize(alone)) ? alone : null;
        var sections = string.Join(", ", Environments.Select(known => $"[{Section}.{known}]"));
        Refuse(at.Span, $"there is no section [{string.Join('.', path)}]", meant is null ? $"There are {sections}." : $"Did you mean [{Section}.{meant}]? There are {sections}.");
        return null;
    }

    private void Set(string environment, string key, KeyValueSyntax pair)
    {
        var setting = KnownSettings.All.FirstOrDefault(known => known.Key == key);
        if (setting is null)
        {
            RefuseKey(key, pair.Key!);
            return;
        }

        if (environment.Length > 0 && setting == KnownSettings.Environment)
        {
            Refuse(pair.Key!.Span, $"{key} can't be set in the section of one environment", "Write it above the first section.");
            return;
        }

        if (ReadText(pair.Value) is not { Length: > 0 } text)
        {
            Refuse(pair.Value!.Span, $"{key} needs one value that is not empty", $"Write it as {key} = \"…\", or leave the line out.");
            return;
        }

        var position = pair.Value!.Span.Start;
        var value = new SettingValue(text, key, _folder) { File = _file, Line = position.Line + 1, Column = position.Column + 1 };
        if (value.Check(setting) is { } problem)
            _problems.Add(problem);
        else
            _values[(environment, setting.Variables[0])] = value;
    }

    private void RefuseKey(string key, KeySyntax at)
    {
        var lower = key.ToLowerInvariant();
        var secret = KnownSettings.All.FirstOrDefault(known => known.IsSecret && known.Variables.Any(name => string.Equals(name, key, StringComparison.OrdinalIgnoreCase)));
        if (secret is not null || SecretWords.Any(word => lower.Contains(word, StringComparison.Ordinal)))
        {
            Refuse(
                at.Span,
                $"{key} does not belong here: this file is committed, and everybody who can read the project would know the secret",
                $"Remove the line, change the secret, and set {secret?.Variables[0] ?? "DB_PASSWORD"} in the environment or in .env.");
            return;
        }

        // Somebody may have written the variable instead of the key.
        var meant = KnownSettings.All.FirstOrDefault(known => known.Key is not null && known.Variables.Contains(key.ToUpperInvariant(), StringComparer.Ordinal))?.Key
            ?? Nearest.Of(lower.Replace('-', '_'), KnownSettings.All.Select(known => known.Key).OfType<string>());
        Refuse(at.Span, $"there is no setting {key}", meant is null ? "The command settings lists what there is, as variables: the key is the name in lower case, without migrate_." : $"Did you mean {meant}?");
    }

    private static string? ReadText(ValueSyntax? value) => value switch
    {
        StringValueSyntax text => text.Value,
        IntegerValueSyntax number => number.Value.ToString(CultureInfo.InvariantCulture),
        FloatValueSyntax number => number.Value.ToString(CultureInfo.InvariantCulture),
        BooleanValueSyntax truth => truth.Value ? "true" : "false",
        _ => null,
    };

    private static string[] Names(KeySyntax key) => [Name(key.Key), .. key.DotKeys.Select(part => Name(part.Key))];

    private static string Name(BareKeyOrStringValueSyntax? key) => key switch
    {
        StringValueSyntax quoted => quoted.Value ?? "",
        BareKeySyntax bare => bare.Key?.Text ?? "",
        _ => "",
    };

    /// <summary>The parser's messages quote the file, in which a secret may stand although it must not; a single sign stays.</summary>
    private static string WithoutText(string message)
    {
        var parts = message.Split('`');
        for (var i = 1; i < parts.Length; i += 2)
            parts[i] = parts[i] is [var sign] && !char.IsLetterOrDigit(sign) ? parts[i] : "…";
        return string.Join("", parts);
    }

    private void Refuse(SourceSpan span, string wrong, string next) =>
        _problems.Add(new SettingProblem($"{FilePlace.Of(_file, span.Start.Line + 1, span.Start.Column + 1)}: {wrong}", next));
}
