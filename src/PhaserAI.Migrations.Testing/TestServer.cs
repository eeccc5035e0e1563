using System.Globalization;
using Npgsql;

namespace PhaserAI.Migrations.Testing;

/// <summary>
/// The server, and one run's mark on it: a session-level advisory lock whose key stands in the names of the run's databases. While it is
/// held, the databases are in use; the server lets go of it when the run is killed.
/// </summary>
internal sealed class TestServer : IAsyncDisposable
{
    /// <summary>Databases of runs, <c>phaserai_test_RUN_NUMBER</c>.</summary>
    public const string RunPrefix = "phaserai_test_";

    /// <summary>The first half of the lock's key: "PHAI" in ASCII. pg_locks shows the two halves as classid and objid.</summary>
    public const int LockClass = 0x50484149;

    private readonly NpgsqlConnection _connection;
    private readonly SemaphoreSlim _turn = new(1);
    private int _count;

    private TestServer(NpgsqlConnection connection, int run) => (_connection, Run) = (connection, run);

    /// <summary>Positive: the names have it in eight hexadecimal digits.</summary>
    public int Run { get; }

    /// <summary>Connects, and takes the mark of a new run.</summary>
    public static async Task<TestServer> ConnectAsync(NpgsqlConnectionStringBuilder address)
    {
        var connection = await OpenAsync(address).ConfigureAwait(false);
        try
        {
            while (true)
            {
                var run = Random.Shared.Next(1, int.MaxValue);
                var server = new TestServer(connection, run);
                if (await server.AskAsync($"select pg_try_advisory_lock({LockClass}, {run.ToString(CultureInfo.InvariantCulture)})").ConfigureAwait(false) is true)
                    return server;
            }
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A connection of its own, which no pool takes back and no idle timeout ends.</summary>
    /// <exception cref="ConnectionFailedException">There is none.</exception>
    public static async Task<NpgsqlConnection> OpenAsync(NpgsqlConnectionStringBuilder address)
    {
        var settings = new NpgsqlConnectionStringBuilder(address.ConnectionString) { Pooling = false, KeepAlive = 30, CommandTimeout = 0 };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync().ConfigureAwait(false);
            await ExecuteAsync(connection, "set idle_session_timeout = 0; set statement_timeout = 0; set lock_timeout = 0").ConfigureAwait(false);
            return connection;
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new ConnectionFailedException(
                $"no connection to the server for tests, {settings.Host}:{settings.Port.ToString(CultureInfo.InvariantCulture)}, database {settings.Database}: {(failure as PostgresException)?.MessageText ?? failure.InnerException?.Message ?? failure.Message}",
                "Check the connection string that MigratedDatabases was given, and that the server runs.",
                failure);
        }
    }

    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    /// <summary>The name of the run's next database.</summary>
    public string NextName() => string.Create(CultureInfo.InvariantCulture, $"{PrefixOf(Run)}{Interlocked.Increment(ref _count)}");

    /// <summary>How the names of a run's databases begin.</summary>
    public static string PrefixOf(int run) => string.Create(CultureInfo.InvariantCulture, $"{RunPrefix}{run:x8}_");

    /// <summary>Runs statements that answer with nothing, one call at a time.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            await ExecuteAsync(_connection, sql).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The first column of the first row; null for NULL and for no row.</summary>
    public async Task<object?> AskAsync(string sql)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            var command = new NpgsqlCommand(sql, _connection);
            await using (command.ConfigureAwait(false))
                return await command.ExecuteScalarAsync().ConfigureAwait(false) is var answer and not DBNull ? answer : null;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }
}
