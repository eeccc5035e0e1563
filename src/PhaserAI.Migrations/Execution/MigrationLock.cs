using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// One run at a time: a session-level advisory lock, held by the very backend that runs the migrations, so that it ends
/// when, and only when, that work ends. It is polled: a runner blocked in pg_advisory_lock keeps a snapshot and deadlocks
/// another's CREATE INDEX CONCURRENTLY (measured on PostgreSQL 11–18).
/// </summary>
internal static class MigrationLock
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>Takes the lock of a history that is going to be written.</summary>
    /// <exception cref="LockNotAcquiredException">As below.</exception>
    /// <exception cref="ConnectionFailedException">The server can't be written to.</exception>
    public static Task AcquireAsync(
        NpgsqlConnection connection, HistoryTable history, MigrationOptions options, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        if (history.IsReadOnly)
        {
            throw new ConnectionFailedException(
                $"the server of database {history.Database} is read-only: a standby, or default_transaction_read_only is on",
                "Connect to the writer: set DB_HOST to the primary's endpoint.");
        }

        return AcquireAsync(connection, history.Schema, options, progress, cancellationToken);
    }

    /// <summary>Takes the lock of a history table for the rest of the session.</summary>
    /// <exception cref="LockNotAcquiredException">Another run held it for all of <see cref="MigrationOptions.LockWait"/>.</exception>
    public static async Task AcquireAsync(
        NpgsqlConnection connection, string schema, MigrationOptions options, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        var key = KeyOf(schema);
        var started = options.TimeProvider.GetTimestamp();
        var delay = FirstDelay;
        for (var attempt = 0; !await TryAsync(connection, key, cancellationToken).ConfigureAwait(false); attempt++)
        {
            var waited = options.TimeProvider.GetElapsedTime(started);
            if (waited >= options.LockWait)
                throw NotAcquired(await FindHolderAsync(connection, key, cancellationToken).ConfigureAwait(false), options.LockWait);
            if (attempt == 0)
                progress?.Report(new LockAwaited(await FindHolderAsync(connection, key, cancellationToken).ConfigureAwait(false)));

            var pause = delay * (0.5 + Random.Shared.NextDouble());
            await Task.Delay(Min(pause, options.LockWait - waited), options.TimeProvider, cancellationToken).ConfigureAwait(false);
            delay = Min(delay * 2, LongestDelay);
        }
    }

    /// <summary>The advisory lock's key: the same for every runner that would write the same history.</summary>
    internal static long KeyOf(string schema) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"schema_migrations of {schema}")));

    private static async Task<bool> TryAsync(NpgsqlConnection connection, long key, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = key });
            return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    private static async Task<LockHolder?> FindHolderAsync(NpgsqlConnection connection, long key, CancellationToken cancellationToken)
    {
        const string Sql = """
            select l.pid, a.usename::text, a.application_name::text, host(a.client_addr)::text, a.backend_start, a.state::text
              from pg_locks l
              left join pg_stat_activity a on a.pid = l.pid
             where l.locktype = 'advisory' and l.granted and l.objsubid = 1
               and l.database = (select oid from pg_database where datname = current_database())
               and (l.classid::bigint << 32) | l.objid::bigint = $1
             limit 1
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = key });
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    return null;
                return new LockHolder(
                    reader.GetInt32(0),
                    Text(1),
                    Text(2),
                    Text(3),
                    reader.IsDBNull(4) ? null : new DateTimeOffset(reader.GetDateTime(4)),
                    Text(5));

                string? Text(int column) => reader.IsDBNull(column) || reader.GetString(column).Length == 0 ? null : reader.GetString(column);
            }
        }
    }

    private static LockNotAcquiredException NotAcquired(LockHolder? holder, TimeSpan waited)
    {
        var who = holder is null
            ? "another run"
            : $"pid {holder.ProcessId} ({holder.User ?? "user hidden"}, {holder.Application ?? "no application name"}"
                + $"{(holder.Client is null ? "" : $", from {holder.Client}")}{(holder.Since is { } since ? $", since {since:yyyy-MM-dd HH:mm:ss}Z" : "")})";
        var next = "Wait until it is done and run the command again; --lock-wait waits longer.";
        if (holder is not null)
            next += $" If that run is dead, end its session with SELECT pg_terminate_backend({holder.ProcessId}).";
        return new LockNotAcquiredException(
            $"another migration run holds the lock: {who}; gave up after {waited.TotalSeconds:0} s, nothing was changed", next, holder);
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
