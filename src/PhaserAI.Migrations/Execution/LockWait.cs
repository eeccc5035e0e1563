using System.Collections.Immutable;
using System.Globalization;
using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Waits for a lock that another run may hold, and says who that is.</summary>
internal static class LockWait
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>Tries again and again, at growing intervals with jitter.</summary>
    /// <param name="connection">Where the holder is looked for; it is idle between two tries.</param>
    /// <param name="key">One of the keys that have to be free.</param>
    /// <param name="fence">The other.</param>
    /// <param name="options">How long to wait.</param>
    /// <param name="progress">Told once that it is being waited, and when that is over.</param>
    /// <param name="tryAsync">Whether it has the lock now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LockNotAcquiredException">Another run held it for all of <see cref="MigrationOptions.LockWait"/>.</exception>
    public static async Task RunAsync(
        NpgsqlConnection connection,
        long key,
        long fence,
        MigrationOptions options,
        IProgress<MigrationEvent>? progress,
        Func<Task<bool>> tryAsync,
        CancellationToken cancellationToken)
    {
        var (started, began) = (options.TimeProvider.GetTimestamp(), options.TimeProvider.GetTimestamp());
        var delay = FirstDelay;
        IndexBuildProgress? build = null, told = null;
        var attempt = 0;
        for (; !await tryAsync().ConfigureAwait(false); attempt++)
        {
            var (holder, isWorking) = await FindHolderAsync(connection, key, fence, cancellationToken).ConfigureAwait(false);
            if (attempt == 0 && options.LockWait > TimeSpan.Zero)
                progress?.Report(new LockAwaited(holder));
            var before = build;
            build = await ReadBuildAsync(connection, holder, cancellationToken).ConfigureAwait(false);
            if (build is not null && IndexBuilds.IsNews(told, build) && options.LockWait > TimeSpan.Zero)
                progress?.Report(told = build);
            // It gets on, so its end is worth waiting for, whether somebody still waits for it or not. A run whose time is limited goes on with
            // what an earlier one has left to the server, whatever that is.
            if (build is not null ? build.IsWorking || build != before : isWorking && options.Deadline is not null)
                started = options.TimeProvider.GetTimestamp();
            var waited = Since(started);
            if (!options.HasTime && (isWorking || build is not null))
                throw new OutOfTimeException(StillRuns(holder, build));
            if (waited >= options.LockWait || !options.HasTime)
                throw NotAcquired(holder, build, await ReadBlockersAsync(connection, holder, cancellationToken).ConfigureAwait(false), options.LockWait, Since(began));

            var pause = delay * (0.5 + Random.Shared.NextDouble());
            await Task.Delay(Min(pause, options.LockWait - waited), options.TimeProvider, cancellationToken).ConfigureAwait(false);
            delay = Min(delay * 2, LongestDelay);
        }

        if (attempt > 0)
            progress?.Report(new LockAcquired(Since(began)));

        TimeSpan Since(long moment) => options.TimeProvider.GetElapsedTime(moment);
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

    private static string StillRuns(LockHolder? holder, IndexBuildProgress? build) =>
        $"pid {holder?.ProcessId} still runs {holder?.Query ?? "a statement"}"
            + (build is null ? "" : string.Create(CultureInfo.InvariantCulture, $": {build.Phase}{(build.Percent is { } percent ? $", {percent:0} %" : "")}"));

    /// <summary>Who has it, and whether that is a session of this tool whose statement is getting on.</summary>
    public static async Task<(LockHolder? Holder, bool IsWorking)> FindHolderAsync(NpgsqlConnection connection, long key, long fence, CancellationToken cancellationToken)
    {
        const string Sql = """
            select l.pid, a.usename::text, nullif(a.application_name, '')::text, host(a.client_addr)::text, a.backend_start, a.state::text,
                   nullif(a.query, '<insufficient privilege>')::text,
                   coalesce(a.state = 'active' and a.wait_event_type is distinct from 'Lock', false)
              from pg_locks l
              left join pg_stat_activity a on a.pid = l.pid
             where l.locktype = 'advisory' and l.granted and l.objsubid = 1
               and l.database = (select oid from pg_database where datname = current_database())
               and (l.classid::bigint << 32) | l.objid::bigint in ($1, $2) and l.pid <> pg_backend_pid()
             limit 1
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = key });
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = fence });
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    return (null, false);
                var holder = new LockHolder(
                    reader.GetInt32(0), reader.GetText(1), reader.GetText(2), reader.GetText(3), reader.GetTime(4), reader.GetText(5))
                {
                    Query = Blockers.Show(reader.GetText(6)),
                };
                return (holder, reader.GetBoolean(7) && holder.Application?.Contains(MigrationConnection.Mark, StringComparison.Ordinal) is true);
            }
        }
    }

    private static LockNotAcquiredException NotAcquired(
        LockHolder? holder, IndexBuildProgress? build, ImmutableArray<LockHolder> blockers, TimeSpan patience, TimeSpan waited)
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
            $"another migration run holds the lock: {who}{doing}; gave up after {patience.TotalSeconds:0} s, nothing was changed", next, holder, waited);
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
