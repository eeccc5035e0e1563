using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
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
        IndexBuildProgress? build = null, told = null;
        for (var attempt = 0; !await TryAsync(connection, key, cancellationToken).ConfigureAwait(false); attempt++)
        {
            var holder = await FindHolderAsync(connection, key, cancellationToken).ConfigureAwait(false);
            if (attempt == 0 && options.LockWait > TimeSpan.Zero)
                progress?.Report(new LockAwaited(holder));
            var before = build;
            build = await ReadBuildAsync(connection, holder, cancellationToken).ConfigureAwait(false);
            if (build is not null && IndexBuilds.IsNews(told, build) && options.LockWait > TimeSpan.Zero)
                progress?.Report(told = build);
            // It gets on, so its end is worth waiting for, whether somebody still waits for it or not.
            if (build is not null && (build.IsWorking || build != before))
                started = options.TimeProvider.GetTimestamp();
            var waited = options.TimeProvider.GetElapsedTime(started);
            if (waited >= options.LockWait)
                throw NotAcquired(holder, build, await ReadBlockersAsync(connection, holder, cancellationToken).ConfigureAwait(false), options.LockWait);

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

    /// <summary>How far the holder is, if it is a session of this tool and builds an index: its runner may have been killed.</summary>
    private static async Task<IndexBuildProgress?> ReadBuildAsync(NpgsqlConnection connection, LockHolder? holder, CancellationToken cancellationToken) =>
        holder?.Application?.Contains(MigrationConnection.Mark, StringComparison.Ordinal) is true
            ? await IndexBuilds.ReadAsync(connection, holder.ProcessId, cancellationToken).ConfigureAwait(false)
            : null;

    private static async Task<ImmutableArray<LockHolder>> ReadBlockersAsync(NpgsqlConnection connection, LockHolder? holder, CancellationToken cancellationToken) =>
        holder is not null && await Blockers.ReadAsync(connection, holder.ProcessId, cancellationToken).ConfigureAwait(false) is { } blocked
            ? blocked.Blockers
            : [];

    private static async Task<LockHolder?> FindHolderAsync(NpgsqlConnection connection, long key, CancellationToken cancellationToken)
    {
        const string Sql = """
            select l.pid, a.usename::text, nullif(a.application_name, '')::text, host(a.client_addr)::text, a.backend_start, a.state::text,
                   nullif(a.query, '<insufficient privilege>')::text
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
                    reader.GetInt32(0), reader.GetText(1), reader.GetText(2), reader.GetText(3), reader.GetTime(4), reader.GetText(5))
                {
                    Query = Blockers.Show(reader.GetText(6)),
                };
            }
        }
    }

    private static LockNotAcquiredException NotAcquired(
        LockHolder? holder, IndexBuildProgress? build, ImmutableArray<LockHolder> blockers, TimeSpan waited)
    {
        var who = holder is null
            ? "another run"
            : $"pid {holder.ProcessId} ({holder.User ?? "user hidden"}, {holder.Application ?? "no application name"}"
                + $"{(holder.Client is null ? "" : $", from {holder.Client}")}{(holder.Since is { } since ? $", since {since:yyyy-MM-dd HH:mm:ss}Z" : "")})";
        var doing = build is not null
            ? $"; it builds {build.Relation ?? "an index"} ({build.Phase}{(build.Percent is { } percent ? string.Create(CultureInfo.InvariantCulture, $", {percent:0} %") : "")})"
            : holder?.Query is { } query ? $"; {(holder.State is "active" ? "it runs" : "it ran last")}: {query}" : "";
        if (!blockers.IsEmpty)
            doing += $"; it waits itself for {string.Join(", ", blockers.Select(blocker => $"pid {blocker.ProcessId} ({blocker.User}, {blocker.Application})"))}";
        var next = "Wait until it is done and run the command again; --lock-wait waits longer.";
        if (holder is not null)
            next += $" If that run is dead, end its session with SELECT pg_terminate_backend({holder.ProcessId}).";
        return new LockNotAcquiredException(
            $"another migration run holds the lock: {who}{doing}; gave up after {waited.TotalSeconds:0} s, nothing was changed", next, holder);
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
