using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using PhaserAI.Migrations.Cli.DevServer;

namespace PhaserAI.Migrations.Tests.Postgres;

/// <summary>A PgBouncer of one test's own before the server of all tests.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    private static readonly string? Program =
        ExternalProgram.FindOnPath("pgbouncer") ?? (File.Exists("/usr/sbin/pgbouncer") ? "/usr/sbin/pgbouncer" : null); // Debian's place is on root's PATH only

    private readonly DirectoryInfo _folder;
    private readonly Process _process;
    private readonly int _port;

    private PgBouncer(DirectoryInfo folder, Process process, int port) => (_folder, _process, _port) = (folder, process, port);

    /// <summary>Starts one and waits until it answers.</summary>
    /// <param name="server">Where it connects to.</param>
    /// <param name="mode">transaction or session.</param>
    /// <param name="size">How many server connections it keeps for a database and user.</param>
    public static async Task<PgBouncer> StartAsync(PostgresServer server, string mode = "transaction", int size = 5)
    {
        Require.Program(Program, "pgbouncer");
        // Between finding a free port and using it another program may take it: then another one is tried.
        for (var attempt = 1; ; attempt++)
        {
            var port = PostgresServer.FreePort();
            var folder = Directory.CreateTempSubdirectory("phaserai-pgbouncer-");
            var users = await WriteAsync(folder, "users.txt", $"\"{server.Admin.Username}\" \"{server.Admin.Password}\"\n");
            var settings = await WriteAsync(folder, "pgbouncer.ini", $"""
                [databases]
                * = host={server.Admin.Host} port={server.Admin.Port}
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {port}
                unix_socket_dir =
                auth_type = trust
                auth_file = {users}
                pool_mode = {mode}
                default_pool_size = {size}
                query_wait_timeout = {(size == 1 ? 5 : 120)}
                """);
            // Like PostgreSQL it refuses to run as root.
            var call = new ProgramCall(Program!, "-q", settings);
            call = (await ServerUser.FindAsync(null, CancellationToken.None))?.Call(call) ?? call;
            var process = Process.Start(new ProcessStartInfo(call.Program, call.Arguments) { RedirectStandardError = true, WorkingDirectory = folder.FullName })!;
            var bouncer = new PgBouncer(folder, process, port);
            if (await bouncer.AnswersAsync())
                return bouncer;
            var why = await process.StandardError.ReadToEndAsync();
            await bouncer.DisposeAsync();
            if (attempt == 5)
                throw new InvalidOperationException($"pgbouncer does not start: {why}");
        }
    }

    /// <summary>The way to a database through the pooler.</summary>
    public NpgsqlConnectionStringBuilder AddressOf(TestDatabase database) => new(database.ConnectionString) { Host = "127.0.0.1", Port = _port };

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        while (!_process.HasExited)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, _port);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(10);
            }
        }

        return false;
    }

    private static async Task<string> WriteAsync(DirectoryInfo folder, string name, string text)
    {
        if (!OperatingSystem.IsWindows())
            folder.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
        var file = Path.Combine(folder.FullName, name);
        await File.WriteAllTextAsync(file, text);
        return file;
    }
}
