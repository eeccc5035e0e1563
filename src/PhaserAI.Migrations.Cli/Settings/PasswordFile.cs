using System.Text;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>
/// The file of passwords that psql reads too (PostgreSQL manual, 34.16). Npgsql would read it by itself, but it takes an escaped backslash before a
/// colon for an escaped colon, and one line that does not fit, or a PGPASSFILE that is not there, ends the call (10.0.3, measured).
/// </summary>
internal static class PasswordFile
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Where it would lie when nothing says otherwise.</summary>
    public static string DefaultPath(CliHost host) => OperatingSystem.IsWindows()
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "postgresql", "pgpass.conf")
        : Path.Combine(host.Home, ".pgpass");

    /// <summary>The first password for that server, database and user, and the line that it stands in; null when there is none.</summary>
    /// <exception cref="UsageException">The file is there, but can't be read.</exception>
    public static (string Password, int Line)? Find(string path, string host, int port, string database, string user)
    {
        if (!File.Exists(path))
            return null;
        string[] wanted = [host.StartsWith('/') ? "localhost" : host, $"{port}", database, user];
        var number = 0;
        try
        {
            foreach (var line in File.ReadLines(path))
            {
                number++;
                if (!line.StartsWith('#') && Match(line, wanted) is { } password)
                    return (password, number);
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the password file {path} can't be read: {unreadable.Message}", $"Make it yours alone: chmod 600 {path}");
        }

        return null;
    }

    /// <summary>What psql would say about who may read it, and then not read it itself; null when there is nothing to say.</summary>
    public static string? Warning(string path) =>
        !OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None
            ? $"Other users can read the passwords in {path}, and psql ignores it therefore: chmod 600 {path}"
            : null;

    /// <summary>The password when the four fields before it fit.</summary>
    private static string? Match(string line, string[] wanted)
    {
        var at = 0;
        foreach (var field in wanted)
        {
            var isAny = line.AsSpan(at).StartsWith("*:");
            var text = Field(line, ref at);
            if (at >= line.Length || (!isAny && text != field))
                return null;
            at++;
        }

        return Field(line, ref at) is { Length: > 0 } password ? password : null;
    }

    /// <summary>Up to the next colon; a backslash takes the meaning from what follows it.</summary>
    private static string Field(string line, ref int at)
    {
        var text = new StringBuilder();
        for (; at < line.Length && line[at] is not ':'; at++)
        {
            if (line[at] is '\\' && at + 1 < line.Length)
                at++;
            text.Append(line[at]);
        }

        return text.ToString();
    }
}
