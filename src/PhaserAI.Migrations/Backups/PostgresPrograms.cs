using System.Collections.Immutable;
using System.ComponentModel;
using System.Globalization;

namespace PhaserAI.Migrations.Backups;

/// <summary>A folder with PostgreSQL's client programs; the version as they say it, like 15.18.</summary>
internal sealed record PostgresPrograms(string Folder, string Version)
{
    public int Major => MajorOf(Version);

    public string Program(string name) => Path.Combine(Folder, Executable(name));

    /// <summary>
    /// The programs of the nearest major version that is not older than asked for: pg_dump refuses newer servers, and what a much
    /// newer one writes the server need not understand.
    /// </summary>
    /// <param name="program">pg_dump, pg_restore or psql.</param>
    /// <param name="atLeast">The major version that is needed.</param>
    /// <param name="why">Whose version that is, for the message: <c>the server is PostgreSQL 15.18</c>.</param>
    /// <param name="options">Where to look.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="BackupFailedException">There are none, or only older ones.</exception>
    public static async Task<PostgresPrograms> FindAsync(string program, int atLeast, string why, BackupOptions options, CancellationToken cancellationToken)
    {
        var found = new List<PostgresPrograms>();
        ImmutableArray<string> folders = options.ProgramFolder is { } given ? [given] : UsualFolders(options.ProgramPath ?? "");
        foreach (var folder in folders.Distinct(StringComparer.Ordinal).Where(folder => IsThere(Path.Combine(folder, Executable(program)))))
        {
            if (await AskVersionAsync(Path.Combine(folder, Executable(program)), options, cancellationToken).ConfigureAwait(false) is { } version)
                found.Add(new PostgresPrograms(folder, version));
        }

        // The order is stable: of one major version, the first folder's.
        if (found.Where(programs => programs.Major >= atLeast).MinBy(programs => programs.Major) is { } nearest)
            return nearest;
        var major = atLeast.ToString(CultureInfo.InvariantCulture);
        var install = $"Install PostgreSQL's client programs, version {major} or newer (Debian, Ubuntu: apt-get install postgresql-client-{major}; macOS: brew install libpq), or set MIGRATE_PG_BIN_DIR to their folder.";
        if (found.Count == 0)
        {
            throw new BackupFailedException(
                options.ProgramFolder is { } only ? $"there is no {program} in {only} that runs; nothing was changed" : $"there is no {program} on this machine; nothing was changed", install);
        }

        var newest = found.MaxBy(programs => programs.Major)!;
        throw new BackupFailedException($"{newest.Program(program)} has version {newest.Version}, which is too old: {why}; nothing was changed", install);
    }

    private static async Task<string?> AskVersionAsync(string program, BackupOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var call = new ClientCall(program, ["--version"], options);
            await using (call.ConfigureAwait(false))
            {
                // pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
                var words = (await new StreamReader(call.Output).ReadToEndAsync(cancellationToken).ConfigureAwait(false)).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                return await call.WaitAsync(cancellationToken).ConfigureAwait(false) is null && words.Length > 2 && MajorOf(words[2]) > 0 ? words[2] : null;
            }
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static ImmutableArray<string> UsualFolders(string path) =>
    [
        .. path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        .. Versions("/usr/lib/postgresql", "", "bin"),                              // Debian, Ubuntu
        .. Versions("/usr", "pgsql-", "bin"),                                       // postgresql.org's RPMs
        .. Versions("/opt/homebrew/opt", "postgresql@", "bin"),                     // Homebrew, Apple silicon
        "/opt/homebrew/opt/libpq/bin",
        .. Versions("/usr/local/opt", "postgresql@", "bin"),                        // Homebrew, Intel
        "/usr/local/opt/libpq/bin",
        .. Versions("/Applications/Postgres.app/Contents/Versions", "", "bin"),
        .. Versions(@"C:\Program Files\PostgreSQL", "", "bin"),
    ];

    private static IEnumerable<string> Versions(string parent, string prefix, string child) =>
        from folder in Directory.Exists(parent) ? Directory.GetDirectories(parent, prefix + "*") : []
        let version = MajorOf(Path.GetFileName(folder)[prefix.Length..])
        where version > 0
        orderby version descending
        select Path.Combine(folder, child);

    /// <summary>Debian's /usr/bin has a script that chooses a version itself.</summary>
    private static bool IsThere(string program) => File.Exists(program) && new FileInfo(program).ResolveLinkTarget(returnFinalTarget: true)?.Name is not "pg_wrapper";

    private static string Executable(string name) => OperatingSystem.IsWindows() ? name + ".exe" : name;

    private static int MajorOf(string version) =>
        int.TryParse(version.AsSpan(0, version.TakeWhile(char.IsAsciiDigit).Count()), CultureInfo.InvariantCulture, out var major) ? major : 0;
}
