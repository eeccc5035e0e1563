using System.Collections.Immutable;
using System.Globalization;

namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>A PostgreSQL cluster in a folder: makes, starts and stops it. Whoever calls holds the lock.</summary>
internal sealed class Cluster(ClusterPlace place, PostgresBinaries binaries, ServerUser? user, TimeProvider clock)
{
    public const string Database = "phaserai_dev";
    public const string Superuser = "phaserai_admin";
    public const string Host = "127.0.0.1";
    private const string LogName = "server.log";
    private const long LogLimit = 8 << 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // The server outlives the caller: it gets what it needs to run, not the caller's DB_PASSWORD or AWS_ keys, nor PGPORT or PGOPTIONS.
    private static readonly ImmutableArray<string> PassedOn =
    [
        "PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LOCALE_ARCHIVE", "TMPDIR",
        "SystemRoot", "SystemDrive", "ComSpec", "TEMP", "TMP", "USERPROFILE", "APPDATA",
    ];

    private const string Settings = """

        # Set by PhaserAI Migrations for a development database.
        listen_addresses = '127.0.0.1'
        unix_socket_directories = ''    # a project's path can be longer than a socket's may be
        max_connections = 200
        max_locks_per_transaction = 256 # migrations of many tables in one transaction
        synchronous_commit = off        # fast; a crash may lose the last commits, but never damages the cluster
        password_encryption = 'scram-sha-256'
        timezone = 'UTC'
        log_timezone = 'UTC'

        """;

    private const string HostRules = """
        # Set by PhaserAI Migrations: this machine only, with the password.
        host all all 127.0.0.1/32 scram-sha-256
        host replication all 127.0.0.1/32 scram-sha-256

        """;

    public static string LogFile(string cluster) => Path.Combine(cluster, LogName);

    /// <summary>False for what a killed initdb or a killed removal leaves.</summary>
    public static bool IsComplete(string cluster) =>
        File.Exists(Path.Combine(cluster, "PG_VERSION")) && File.Exists(Path.Combine(cluster, "global", "pg_control"));

    public static int MajorOf(string cluster) => PostgresBinaries.MajorOf(File.ReadAllText(Path.Combine(cluster, "PG_VERSION")));

    /// <summary>Makes the cluster with its database beside its final place and moves it there complete.</summary>
    public async Task CreateAsync(string password, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(place.Folder, Leftovers.NewName());
        var secret = folder + ".password";
        try
        {
            CreatePrivateFolder(folder);
            WriteSecret(secret, password);
            if (user is not null)
            {
                await user.OwnAsync(folder, cancellationToken);
                await user.OwnAsync(secret, cancellationToken);
            }

            var result = await InitialiseAsync(folder, secret, "C.UTF-8", cancellationToken);
            if (!result.Succeeded && result.Error.Contains("invalid locale", StringComparison.Ordinal))
                result = await InitialiseAsync(folder, secret, "C", cancellationToken);
            if (!result.Succeeded)
                throw new DevServerException(
                    "The development database could not be created.", Hints.LastLines(result.Words), DevServerException.OtherServer);
            await File.AppendAllTextAsync(Path.Combine(folder, "postgresql.conf"), Settings, cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder, "pg_hba.conf"), HostRules, cancellationToken);
            await ExecuteAsync(folder, $"CREATE DATABASE {Database}", cancellationToken);
            WriteSecret(place.PasswordFile, password);
            Directory.Move(folder, place.Cluster);
        }
        finally
        {
            File.Delete(secret);
            Leftovers.Delete(folder);
        }
    }

    /// <summary>Gives the superuser another password; the server must not run.</summary>
    public async Task ChangePasswordAsync(string password, CancellationToken cancellationToken)
    {
        await ExecuteAsync(place.Cluster, $"ALTER ROLE {Superuser} PASSWORD '{password}'", cancellationToken);
        WriteSecret(place.PasswordFile, password);
    }

    /// <summary>The server on the first of these ports that is free.</summary>
    public async Task<Postmaster> StartAsync(IEnumerable<int> ports, CancellationToken cancellationToken)
    {
        RemoveStalePidFile(place.Cluster);
        RotateLog();
        var words = "";
        foreach (var port in ports)
        {
            words = await TryStartAsync(port, cancellationToken);
            if (words.Length == 0)
                return Postmaster.Read(place.Cluster) ?? throw Failure("It stopped again at once.");
            if (!words.Contains("could not bind", StringComparison.Ordinal))
                break;
        }

        throw Failure(words);

        DevServerException Failure(string why) => new(
            "The development database could not be started.", Hints.LastLines(why),
            $"The whole log is {LogFile(place.Cluster)}. `dev reset` makes a new, empty one. {DevServerException.OtherServer}");
    }

    /// <summary>Waits for a server that another, killed call has started.</summary>
    public async Task<Postmaster?> WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        while (Postmaster.Read(place.Cluster) is { } postmaster && postmaster.Serves(place.Cluster))
        {
            if (postmaster.Ready)
                return postmaster;
            await Task.Delay(Pause, clock, cancellationToken);
        }

        return null;
    }

    /// <summary>The mode is pg_ctl's: `fast` keeps the data in order, `immediate` is for data that is thrown away.</summary>
    public async Task StopAsync(string mode, CancellationToken cancellationToken)
    {
        var result = await RunAsync("pg_ctl", place.Cluster, ["stop", "-w", "-t", "120", "-s", "-m", mode], "", cancellationToken);
        if (!result.Succeeded && Postmaster.Read(place.Cluster) is { } postmaster && postmaster.Serves(place.Cluster))
            throw new DevServerException(
                "The development database could not be stopped.", Hints.LastLines(result.Words),
                string.Create(CultureInfo.InvariantCulture, $"Its process is {postmaster.Pid}, its log {LogFile(place.Cluster)}."));
    }

    // Empty when the server runs; else what it said.
    private async Task<string> TryStartAsync(int port, CancellationToken cancellationToken)
    {
        var asked = clock.GetTimestamp();
        while (true)
        {
            var log = new FileInfo(LogFile(place.Cluster));
            var known = log.Exists ? log.Length : 0;
            // pg_ctl puts the log's name and -o into a shell command, so both must be harmless: the log's is relative to the working
            // directory, the data folder is given by PGDATA.
            var result = await RunAsync(
                "pg_ctl", place.Cluster,
                ["start", "-w", "-t", "120", "-s", "-l", LogName, "-o", string.Create(CultureInfo.InvariantCulture, $"-p {port}")],
                "", cancellationToken);
            if (result.Succeeded)
                return "";
            var words = await ReadLogAsync(known, cancellationToken) + result.Words;
            // Backends of a killed postmaster live on until they notice; the server can't start before.
            var orphans = words.Contains("pre-existing shared memory block", StringComparison.Ordinal);
            if (!orphans || clock.GetElapsedTime(asked) > TimeSpan.FromSeconds(15))
                return words;
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    // Not waiting for the disk saves a second of the first start. Only a machine that loses power in the half minute after it can damage the
    // cluster by that, which holds nothing then.
    private Task<ProgramResult> InitialiseAsync(string folder, string secret, string locale, CancellationToken cancellationToken) =>
        RunAsync(
            "initdb", folder,
            ["-U", Superuser, $"--pwfile={secret}", "-A", "scram-sha-256", "-E", "UTF8", $"--locale={locale}", "--no-sync"], "", cancellationToken);

    // The server's single-user mode reads one statement a line and reports an error without an exit code.
    private async Task ExecuteAsync(string folder, string sql, CancellationToken cancellationToken)
    {
        var result = await RunAsync("postgres", folder, ["--single", "-D", folder, "postgres"], sql + "\n", cancellationToken);
        if (!result.Succeeded || result.Words.Contains("ERROR:", StringComparison.Ordinal))
            throw new DevServerException(
                "The development database could not be prepared.", Hints.LastLines(result.Words), DevServerException.OtherServer);
    }

    private Task<ProgramResult> RunAsync(
        string program, string folder, ImmutableArray<string> arguments, string input, CancellationToken cancellationToken)
    {
        var environment = PassedOn
            .Select(name => KeyValuePair.Create(name, Environment.GetEnvironmentVariable(name)))
            .Where(variable => variable.Value is not null)
            .Append(KeyValuePair.Create<string, string?>("PGDATA", folder))
            .Append(KeyValuePair.Create<string, string?>("LC_ALL", "C"))
            .Append(KeyValuePair.Create<string, string?>("TZ", "UTC"))
            .ToImmutableDictionary(variable => variable.Key, variable => variable.Value!, StringComparer.Ordinal);
        var call = new ProgramCall(binaries.Program(program), arguments)
        {
            Environment = environment,
            WorkingDirectory = folder,
            Input = input,
        };
        return ExternalProgram.RunAsync(user?.Call(call) ?? call, cancellationToken);
    }

    // PostgreSQL sees for itself that the process is gone. But when its number is another program's now, or a zombie's in a container
    // without an init, it refuses to start. That no server uses the folder it checks again by its shared memory.
    private static void RemoveStalePidFile(string cluster)
    {
        var file = Path.Combine(cluster, Postmaster.FileName);
        if (!File.Exists(file))
            return;
        if (Postmaster.Read(cluster) is not { } postmaster || postmaster.IsNumberInUse())
            File.Delete(file);
    }

    private void RotateLog()
    {
        var log = new FileInfo(LogFile(place.Cluster));
        if (log is { Exists: true, Length: > LogLimit })
            log.MoveTo(log.FullName + ".1", overwrite: true);
    }

    private async Task<string> ReadLogAsync(long from, CancellationToken cancellationToken)
    {
        try
        {
            await using var log = new FileStream(
                LogFile(place.Cluster), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            log.Position = from;
            using var reader = new StreamReader(log);
            return await reader.ReadToEndAsync(cancellationToken);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static void CreatePrivateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void WriteSecret(string file, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.Delete(file); // an existing file would keep its mode
        using var writer = new StreamWriter(file, options);
        writer.Write(text);
    }
}
