using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>Which migration somebody may have meant with something that is no version: the beginning of one, or part of a name.</summary>
internal static class VersionGuess
{
    private const int MostNamed = 4;
    private static readonly string[] Newest = ["latest", "head", "last", "all", "max", "newest"];
    private static readonly string[] Oldest = ["0", "base", "zero", "first", "initial", "none"];

    /// <summary>A sentence with what was meant, and a space after it; empty when nobody can tell.</summary>
    public static string Find(Call call, string typed)
    {
        var (command, tool) = (call.Parsed.CommandResult.Command.Name, call.Host.CommandName);
        var files = Files(call);
        var found = Matches(typed, files).Take(MostNamed + 1).ToArray();
        return found switch
        {
            [var (version, name)] => $"Did you mean {version} ({name})? ",
            { Length: > 1 and <= MostNamed } => $"Did you mean one of {string.Join(", ", found.Select(file => $"{file.Version} ({file.Name})"))}? ",
            { Length: > MostNamed } => $"Several migrations fit, from {found[0].Version} on. ",
            _ when command is "up" or "plan" && Newest.Contains(typed, StringComparer.OrdinalIgnoreCase) => $"Without a version it is everything pending: {tool} {command}. ",
            _ when command is "down" && Oldest.Contains(typed, StringComparer.OrdinalIgnoreCase) => $"Everything is rolled back with {tool} down --all. ",
            _ when command is "down" && int.TryParse(typed, out _) => $"It is the version that stays, and not how many to roll back; without one, {tool} down rolls back the last. ",
            _ when Nearest.Of(typed, files.Select(file => file.Version), mostEdits: 3) is { } near => $"Did you mean {near}? ",
            _ => "",
        };
    }

    private static IEnumerable<(string Version, string Name)> Matches(string typed, (string Version, string Name)[] files)
    {
        var digits = Digits(typed);
        // "2025-01-02", "20250102143000": a version with other signs, or its beginning.
        if (digits.Length >= 4 && typed.All(letter => char.IsAsciiDigit(letter) || letter is '-' or '_' or ':' or 'T' or ' ' or '.'))
            return files.Where(file => Digits(file.Version).StartsWith(digits, StringComparison.Ordinal));
        var words = Path.GetFileNameWithoutExtension(typed).Replace(' ', '_').Replace('-', '_');
        return words.Length < 3 ? [] : files.Where(file => file.Name.Contains(words, StringComparison.OrdinalIgnoreCase));
    }

    private static string Digits(string text) => string.Concat(text.Where(char.IsAsciiDigit));

    private static (string Version, string Name)[] Files(Call call)
    {
        try
        {
            return
            [
                .. Directory.GetFiles(call.Settings.Migrations, "*.sql")
                    .Where(file => MigrationDirectory.TryReadName(Path.GetFileName(file), out _))
                    .Select(Path.GetFileNameWithoutExtension)
                    .OfType<string>()
                    .Order(StringComparer.Ordinal)
                    .Select(name => (name[..MigrationVersion.Length], name[(MigrationVersion.Length + 1)..])),
            ];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or UsageException)
        {
            return []; // what is wrong is the version; the rest is said when it matters
        }
    }
}
