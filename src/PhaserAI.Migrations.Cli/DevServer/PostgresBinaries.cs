using System.Collections.Immutable;
using System.ComponentModel;
using System.Globalization;

namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>A folder with initdb, pg_ctl and postgres that the server's user can execute; the version as the server says it, like 15.18.</summary>
internal sealed record PostgresBinaries(string Folder, string Version)
{
    public const int OldestMajor = 14;

    private static readonly ImmutableArray<string> Needed = ["initdb", "pg_ctl", "postgres"];

    public int Major => MajorOf(Version);

    public static string Executable(string name) => OperatingSystem.IsWindows() ? name + ".exe" : name;

    public string Program(string name) => Path.Combine(Folder, Executable(name));

    /// <summary>Every usable folder of the machine, best first. Folders that can't be used are left out.</summary>
    public static async IAsyncEnumerable<PostgresBinaries> OnThisMachineAsync(
        DevServerOptions options,
        ServerUser? user,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folders = options.BinaryFolders ?? await UsualFoldersAsync(cancellationToken);
        foreach (var folder in folders.Distinct(StringComparer.Ordinal))
        {
            if (await ProbeAsync(folder, user, cancellationToken) is (var binaries, null))
                yield return binaries;
        }
    }

    /// <summary>The folder's binaries, or why they can't be used.</summary>
    public static async Task<(PostgresBinaries Binaries, string? Problem)> ProbeAsync(
        string folder, ServerUser? user, CancellationToken cancellationToken)
    {
        var binaries = new PostgresBinaries(folder, "");
        // Debian's client packages fill the same folder without a server.
        if (Needed.FirstOrDefault(name => !File.Exists(binaries.Program(name))) is { } missing)
            return (binaries, $"{folder} has no {missing}.");
        var call = new ProgramCall(binaries.Program("postgres"), "--version") { WorkingDirectory = folder };
        try
        {
            var result = await ExternalProgram.RunAsync(user?.Call(call) ?? call, cancellationToken);
            // postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
            var words = result.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (!result.Succeeded || words.Length < 3)
                return (binaries, result.Words);
            binaries = binaries with { Version = words[2] };
            return (binaries, binaries.Major >= OldestMajor ? null : $"PostgreSQL {binaries.Version} is too old.");
        }
        catch (Win32Exception error)
        {
            return (binaries, error.Message);
        }
    }

    public static int MajorOf(string version) =>
        int.TryParse(version.AsSpan(0, version.TakeWhile(char.IsAsciiDigit).Count()), CultureInfo.InvariantCulture, out var major) ? major : 0;

    /// <summary>psql, beside the server or anywhere else: a psql of another version is better than none.</summary>
    public static async Task<string?> FindPsqlAsync(string? serverFolder, DevServerOptions options, CancellationToken cancellationToken)
    {
        var psql = Executable("psql");
        var beside = serverFolder is null ? null : Path.Combine(serverFolder, psql);
        if (File.Exists(beside))
            return beside;
        if (options.BinaryFolders is null && ExternalProgram.FindOnPath(psql) is { } onPath)
            return onPath;
        var folders = options.BinaryFolders ?? await UsualFoldersAsync(cancellationToken);
        return folders.Select(folder => Path.Combine(folder, psql)).FirstOrDefault(File.Exists);
    }

    private static async Task<ImmutableArray<string>> UsualFoldersAsync(CancellationToken cancellationToken)
    {
        var folders = ImmutableArray.CreateBuilder<string>();
        if (ExternalProgram.FindOnPath(Executable("initdb")) is { } initdb)
            folders.Add(Path.GetDirectoryName(initdb)!);
        if (ExternalProgram.FindOnPath(Executable("pg_config")) is { } config)
        {
            var result = await ExternalProgram.RunAsync(new ProgramCall(config, "--bindir"), cancellationToken);
            if (result.Succeeded)
                folders.Add(result.Output.Trim());
        }

        folders.AddRange(Versions("/usr/lib/postgresql", "", "bin"));                              // Debian, Ubuntu
        folders.AddRange(Versions("/usr", "pgsql-", "bin"));                                       // postgresql.org's RPMs
        folders.AddRange(Versions("/opt/homebrew/opt", "postgresql@", "bin"));                     // Homebrew, Apple silicon
        folders.AddRange(Versions("/usr/local/opt", "postgresql@", "bin"));                        // Homebrew, Intel
        folders.AddRange(Versions("/Applications/Postgres.app/Contents/Versions", "", "bin"));
        folders.AddRange(Versions(@"C:\Program Files\PostgreSQL", "", "bin"));
        return folders.ToImmutable();
    }

    private static IEnumerable<string> Versions(string parent, string prefix, string child) =>
        from folder in Directory.Exists(parent) ? Directory.GetDirectories(parent, prefix + "*") : []
        let version = MajorOf(Path.GetFileName(folder)[prefix.Length..])
        where version > 0
        orderby version descending
        select Path.Combine(folder, child);
}
