using System.Collections.Immutable;
using System.Globalization;
using PhaserAI.Migrations.Cli.Commands;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>A setting, declared once: lookup, validation, help, <c>settings</c> and the documentation all come from here.</summary>
/// <param name="Variables">Environment variables, the first that is set counts. Those that begin with PG are other programs' too.</param>
/// <param name="Help">What it decides, one sentence.</param>
internal sealed record Setting(ImmutableArray<string> Variables, string Help)
{
    private static readonly string[] Yes = ["true", "1", "yes", "on"];
    private static readonly string[] No = ["false", "0", "no", "off"];

    public SettingKind Kind { get; init; }

    /// <summary>The command-line option; null for what must not stand in process arguments or is rarely changed.</summary>
    public string? Flag { get; init; }

    /// <summary>What stands for its value in help.</summary>
    public string? Value { get; init; }

    /// <summary>The value that counts when none is given; words where it depends on something that is not a setting.</summary>
    public string? Default { get; init; }

    /// <summary>The default where it is the environment's; goes before <see cref="Default"/>.</summary>
    public Func<EnvironmentRules, string?>? DefaultOf { get; init; }

    /// <summary>Whether its value must never be shown, nor stand in a file that is committed.</summary>
    public bool IsSecret { get; init; }

    /// <summary>
    /// Whether it belongs to one server: then it is not taken from a place that names another one. So the port, the password or the
    /// TLS mode of a local database are not used for the one that a variable names.
    /// </summary>
    public bool IsOfServer { get; init; }

    /// <summary>Whether it says which server it is; its variables that begin with PG do only where no other one does.</summary>
    public bool NamesServer { get; init; }

    /// <summary>For a choice: what there is to choose from.</summary>
    public ImmutableArray<string> Choices { get; init; } = [];

    /// <summary>Other words for choices.</summary>
    public ImmutableArray<(string Word, string Choice)> Synonyms { get; init; } = [];

    /// <summary>Words that are not taken, but of which one knows what they mean elsewhere.</summary>
    public ImmutableArray<(string Word, string Choice)> Misnomers { get; init; } = [];

    /// <summary>For a number: the smallest and the largest.</summary>
    public (int Least, int Most) Limits { get; init; } = (0, int.MaxValue);

    public string Name => Flag ?? Variables[0];

    /// <summary>Its default in words: <c>3s</c>, <c>prefer; verify-full in staging and prod</c>; null when it has none.</summary>
    public string? DefaultText
    {
        get
        {
            if (DefaultOf is null)
                return Default;
            var values = EnvironmentRules.All.Select(rules => (rules.Name, Value: DefaultOf(rules) ?? Default ?? "none")).GroupBy(pair => pair.Value, pair => pair.Name, StringComparer.Ordinal).ToArray();
            return string.Join("; ", values.Select((group, i) => i == 0 ? group.Key : $"{group.Key} in {string.Join(" and ", group)}"));
        }
    }

    /// <summary>What it is called in migrate.toml: its first variable in lower case, without MIGRATE_. Null where it can't stand there.</summary>
    public string? Key =>
        IsSecret || IsForeign(Variables[0]) ? null
        : Variables[0].StartsWith("MIGRATE_", StringComparison.Ordinal) ? Variables[0]["MIGRATE_".Length..].ToLowerInvariant()
        : Variables[0].ToLowerInvariant();

    /// <summary>Whether a variable is libpq's, and so perhaps set for another program and another server.</summary>
    public static bool IsForeign(string variable) => variable.StartsWith("PG", StringComparison.Ordinal);

    /// <summary>What is wrong with a value, as the end of a sentence, and what it may be; null when it can be used.</summary>
    public (string Wrong, string Mend)? Check(string text) => Kind switch
    {
        SettingKind.Duration when !DurationText.TryRead(text, out _) => ("which is no duration", DurationText.Mend),
        SettingKind.Number when !TryReadNumber(text, out _) => Limits.Most == int.MaxValue
            ? ("which is no number", $"Set it to a whole number from {Limits.Least}.")
            : ($"which is no number from {Limits.Least} to {Limits.Most}", $"Set it to a whole number from {Limits.Least} to {Limits.Most}."),
        SettingKind.Bool when ReadBool(text) is null => ("which is neither true nor false", "Set it to true or false."),
        SettingKind.Choice when ReadChoice(text) is null => ($"which is none of {string.Join(", ", Choices)}", $"{Guess(text)}Set it to {Alternatives(Choices)}."),
        _ => null,
    };

    public bool TryReadNumber(string text, out int number) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= Limits.Least && number <= Limits.Most;

    public static bool? ReadBool(string text)
    {
        var word = text.Trim().ToLowerInvariant();
        return Yes.Contains(word) ? true : No.Contains(word) ? false : null;
    }

    /// <summary>The choice as it is declared; hyphens, underscores and the case of letters don't matter.</summary>
    public string? ReadChoice(string text)
    {
        var word = Plain(text);
        return Choices.FirstOrDefault(choice => Plain(choice) == word)
            ?? Synonyms.FirstOrDefault(synonym => Plain(synonym.Word) == word).Choice;

        static string Plain(string text) =>
            text.Trim().ToLowerInvariant().Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
    }

    /// <summary>The choice that a mistyped one may be, as the first sentence of a mend; empty when none is like it.</summary>
    public string Guess(string text)
    {
        var word = text.Trim();
        var meant = Nearest.Of(word, Choices.Concat(Synonyms.Select(synonym => synonym.Word)))
            ?? Misnomers.FirstOrDefault(misnomer => string.Equals(misnomer.Word, word, StringComparison.OrdinalIgnoreCase)).Choice;
        return meant is null ? "" : $"Did you mean {ReadChoice(meant)}? ";
    }

    private static string Alternatives(ImmutableArray<string> words) =>
        words.Length < 2 ? string.Concat(words) : $"{string.Join(", ", words[..^1])} or {words[^1]}";
}
