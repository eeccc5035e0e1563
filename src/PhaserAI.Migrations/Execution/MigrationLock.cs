using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// One run at a time. Without a pooler it is a session-level advisory lock, held by the very backend that runs the
/// migrations, so that it ends when, and only when, that work ends. It is polled: a runner blocked in pg_advisory_lock keeps
/// a snapshot and deadlocks another's CREATE INDEX CONCURRENTLY (measured on PostgreSQL 11–18).
/// <para>
/// Behind a pooler no session belongs to the run. There it is a transaction-level lock on the same key, in a transaction that
/// a second connection keeps open. It can end while the work goes on, so each migration proves at its end, in its own
/// transaction, that it is still held, and takes a second key until it has committed: the fence. Whoever gets the lock waits
/// for the fence before it reads the history, so nothing of an earlier run is committed after that.
/// </para>
/// </summary>
internal sealed class MigrationLock : IAsyncDisposable
{
    private const string StayOpen = "set local idle_in_transaction_session_timeout = 0";

    private readonly NpgsqlConnection? _keeper;

    private MigrationLock(string schema, string proof, NpgsqlConnection? keeper) => (Schema, Proof, _keeper) = (schema, proof, keeper);

    /// <summary>The schema of the history that it protects.</summary>
    public string Schema { get; }

    /// <summary>The SQL of an expression that is 1 while this run has the lock, and an error that <see cref="HistoryWriter"/> names when not.</summary>
    public string Proof { get; }

    /// <summary>Whether a pooler stands between, so that each transaction may be in another session.</summary>
    public bool IsPooled => _keeper is not null;

    /// <summary>The advisory lock's key: the same for every runner that would write the same history.</summary>
    public static long KeyOf(string schema) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"schema_migrations of {schema}")));

    /// <summary>The second key: of the transactions behind a pooler that are about to commit.</summary>
    public static long FenceOf(string schema) => KeyOf(schema) ^ 1;

    /// <summary>Takes the lock of a history; without a pooler for the rest of the session, else until it is disposed of.</summary>
    /// <exception cref="LockNotAcquiredException">Another run held it for all of <see cref="MigrationOptions.LockWait"/>.</exception>
    /// <exception cref="ConnectionFailedException">The server can't be written to.</exception>
    public static async Task<MigrationLock> AcquireAsync(
        NpgsqlConnection connection, HistoryTable history, MigrationOptions options, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        if (history.IsReadOnly)
        {
            throw new ConnectionFailedException(
                $"the server of database {history.Database} is read-only: a standby, or default_transaction_read_only is on",
                "Connect to the writer: set DB_HOST to the primary's endpoint.");
        }

        var (key, fence) = (KeyOf(history.Schema), FenceOf(history.Schema));
        if (!history.IsPooled)
        {
            await WaitAsync(key, () => AskAsync(connection, $"select pg_try_advisory_lock({Text(key)}) and pg_try_advisory_lock({Text(fence)})", cancellationToken)).ConfigureAwait(false);
            // Taken once more, which a session that holds it always can. One that a script has made let go of it (a function, EXECUTE of
            // a built string) takes it back, or divides by zero when another runner has it by now.
            return new MigrationLock(history.Schema, $"1 / pg_try_advisory_lock({Text(key)})::int", null);
        }

        var keeper = await MigrationConnection.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        try
        {
            var isKept = "";
            await WaitAsync(key, async () => (isKept = await TryKeepAsync(keeper, key, cancellationToken).ConfigureAwait(false)) is not null).ConfigureAwait(false);
            // Seen from there the lock is on the same server.
            if (!await AskAsync(connection, $"select {isKept}", cancellationToken).ConfigureAwait(false))
                throw SeveralServers();
            await WaitAsync(fence, () => AskAsync(connection, $"select pg_try_advisory_xact_lock({Text(fence)})", cancellationToken)).ConfigureAwait(false);
            // The logarithm of 0 is an error, that of 1 is 0.
            var proof = $"(1 + ln((case when pg_try_advisory_xact_lock({Text(fence)}) then {isKept} else false end)::int::float8))::int";
            return new MigrationLock(history.Schema, proof, keeper);
        }
        catch
        {
            await keeper.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        Task WaitAsync(long busy, Func<Task<bool>> tryAsync) => LockWait.RunAsync(connection, busy, fence, options, progress, tryAsync, cancellationToken);
    }

    /// <summary>Asks whether the lock can still be there, so that no migration is begun in vain.</summary>
    /// <exception cref="LockLostException">The connection that kept it is gone.</exception>
    public async Task RequireAsync(CancellationToken cancellationToken)
    {
        if (_keeper is null)
            return; // it is gone when the connection of the run is
        try
        {
            await OwnSql.RunAsync(_keeper, StayOpen, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException lost)
        {
            throw new LockLostException(lost);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_keeper is null)
            return;
        await Rollback.RunAsync(_keeper).ConfigureAwait(false); // else the pooler throws its server connection away
        await _keeper.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Begins a transaction with the lock: an expression that is true as long as it is there; null when another run has it.</summary>
    private static async Task<string?> TryKeepAsync(NpgsqlConnection keeper, long key, CancellationToken cancellationToken)
    {
        var tryIt = $"""
            select pg_try_advisory_xact_lock({Text(key)}), pid, virtualtransaction
              from pg_locks where locktype = 'virtualxid' and pid = pg_backend_pid()
            """;
        // The last one is no query: a query's portal keeps a snapshot, and a concurrent index build waits for that (measured).
        string[] settings = keeper.PostgreSqlVersion.Major >= 17 ? ["set local transaction_timeout = 0", StayOpen] : [StayOpen];
        var batch = new NpgsqlBatch(keeper);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var sql in (string[])["begin isolation level read committed", tryIt, .. settings])
                batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (reader.GetBoolean(0))
                    return $"exists (select from pg_locks where locktype = 'advisory' and pid = {Text(reader.GetInt32(1))} and virtualtransaction = '{reader.GetString(2)}')";
            }
        }

        await Rollback.RunAsync(keeper).ConfigureAwait(false);
        return null;
    }

    private static async Task<bool> AskAsync(NpgsqlConnection connection, string question, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(question, connection);
        await using (command.ConfigureAwait(false))
            return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static ConnectionFailedException SeveralServers() => new(
        "the connection pooler leads to more than one server, or does not keep transactions together: a lock taken through it is not seen through it",
        "Connect to the server itself: set DB_HOST and DB_PORT to its own address.");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
