using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>How far a session is that builds an index.</summary>
internal static class IndexBuilds
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// An SQL expression for the pid of another session that builds an index of the table with this oid, or null. That a session
    /// builds one is shown to everybody, which one only to some (manual, 28.4); the lock on the table is shown to all.
    /// </summary>
    public static string BuilderOn(string table) => $"""
        (select b.pid from pg_stat_progress_create_index b
           join pg_locks k on k.pid = b.pid and k.database = b.datid and k.relation = {table} and k.mode = 'ShareUpdateExclusiveLock' and k.granted
          where b.pid <> pg_backend_pid() limit 1)
        """;

    /// <summary>Null when that session builds no index.</summary>
    public static async Task<IndexBuildProgress?> ReadAsync(NpgsqlConnection connection, int builder, CancellationToken cancellationToken)
    {
        const string Sql = """
            select coalesce(nullif(p.index_relid, 0), p.relid)::regclass::text, coalesce(p.phase, 'building'),
                   case when p.blocks_total > 0 then p.blocks_done when p.tuples_total > 0 then p.tuples_done else p.lockers_done end,
                   case when p.blocks_total > 0 then p.blocks_total when p.tuples_total > 0 then p.tuples_total else p.lockers_total end,
                   coalesce(a.state = 'active' and a.wait_event_type is distinct from 'Lock', false)
              from pg_stat_progress_create_index p left join pg_stat_activity a on a.pid = p.pid
             where p.pid = $1 and p.datname = current_database()
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = builder });
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    return null;
                var (done, total) = (reader.IsDBNull(2) ? 0 : reader.GetInt64(2), reader.IsDBNull(3) ? 0 : reader.GetInt64(3));
                return new IndexBuildProgress(builder, reader.GetText(0), reader.GetString(1), done, total) { IsWorking = reader.GetBoolean(4) };
            }
        }
    }

    /// <summary>Whether there is something new to tell: another phase, or ten percent more.</summary>
    public static bool IsNews(IndexBuildProgress? before, IndexBuildProgress now) =>
        before is null || before.ProcessId != now.ProcessId || before.Phase != now.Phase || now.Percent - before.Percent >= 10;

    /// <summary>Waits until a session no longer builds an index, for as long as that takes.</summary>
    public static async Task WaitAsync(
        NpgsqlConnection connection, int builder, MigrationOptions options, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        IndexBuildProgress? told = null;
        while (await ReadAsync(connection, builder, cancellationToken).ConfigureAwait(false) is { } now)
        {
            if (IsNews(told, now))
                progress?.Report(told = now);
            await Task.Delay(Interval, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }
}
