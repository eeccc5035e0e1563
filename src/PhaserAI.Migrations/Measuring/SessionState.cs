using Npgsql;

namespace PhaserAI.Migrations.Measuring;

/// <summary>A table, view or index. <c>FileNode</c> is 0 for what has no file.</summary>
internal sealed record Relation(string Name, string? Table, long FileNode, long Rows, long Bytes);

/// <summary>What has been done to a table so far; only differences mean anything.</summary>
internal readonly record struct TableCounts(long Scans, long RowsRead, long Inserted, long Updated, long Deleted);

/// <summary>
/// What the server says of a session at one moment. All that is asked is schema-qualified, writes nothing and waits for
/// nobody; it takes ACCESS SHARE on catalogs, which is left out of what it reports.
/// </summary>
internal sealed class SessionState
{
    private SessionState()
    {
    }

    /// <summary>The position in the write-ahead log.</summary>
    public long Wal { get; private set; }

    /// <summary>Locks that are held, above ACCESS SHARE.</summary>
    public HashSet<(long Oid, LockMode Mode)> Locks { get; } = [];

    /// <summary>The files of the relations that are locked: who writes a table anew has it locked.</summary>
    public Dictionary<long, long> FileNodes { get; } = [];

    public Dictionary<long, TableCounts> Counts { get; } = [];

    // The server publishes a session's counts now and then; what it has not published yet is seen in the session itself
    // (pgstat_relation.c). Their sum is right at any time. PostgreSQL 14 publishes with a delay, and only between transactions.
    private const string Counted = """
        select s.relid::bigint, coalesce(s.seq_scan, 0) + coalesce(x.seq_scan, 0), coalesce(s.seq_tup_read, 0) + coalesce(x.seq_tup_read, 0),
               s.n_tup_ins + x.n_tup_ins, s.n_tup_upd + x.n_tup_upd, s.n_tup_del + x.n_tup_del
          from pg_catalog.pg_stat_user_tables s join pg_catalog.pg_stat_xact_user_tables x on x.relid operator(pg_catalog.=) s.relid
        """;

    private const string Held = """
        select l.relation::bigint, l.mode, coalesce(pg_catalog.pg_relation_filenode(l.relation), 0)::bigint
          from pg_catalog.pg_locks l
         where l.pid = pg_catalog.pg_backend_pid() and l.granted and l.locktype = 'relation' and l.mode <> 'AccessShareLock'
           and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
        """;

    public static async Task<SessionState> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var state = new SessionState();
        var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new("select (pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_catalog.pg_lsn)::bigint"), new(Held), new(Counted) },
        };
        await using (batch.ConfigureAwait(false))
        {
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                state.Wal = reader.GetInt64(0);
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (ModeOf(reader.GetString(1)) is { } mode)
                        state.Locks.Add((reader.GetInt64(0), mode));
                    state.FileNodes[reader.GetInt64(0)] = reader.GetInt64(2);
                }

                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    state.Counts[reader.GetInt64(0)] = new TableCounts(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5));
            }
        }

        return state;
    }

    /// <summary>All that users have, but for the history, by oid.</summary>
    public static async Task<Dictionary<long, Relation>> ReadRelationsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = """
            with named as (
              select c.*, case n.nspname when 'public' then pg_catalog.quote_ident(c.relname) else pg_catalog.format('%I.%I', n.nspname, c.relname) end as name
                from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
               where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relname !~ '^schema_migrations')
            select c.oid::bigint, c.name, t.name, coalesce(pg_catalog.pg_relation_filenode(c.oid), 0)::bigint,
                   greatest(pg_catalog.pg_stat_get_live_tuples(c.oid), c.reltuples::bigint, 0), coalesce(pg_catalog.pg_relation_size(c.oid), 0)
              from named c left join pg_catalog.pg_index i on i.indexrelid = c.oid left join named t on t.oid = i.indrelid
             where c.relkind in ('r', 'p', 'm', 'f', 'v', 'i', 'I')
            """;
        var relations = new Dictionary<long, Relation>();
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    relations[reader.GetInt64(0)] = new Relation(
                        reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5));
                }
            }
        }

        return relations;
    }

    /// <summary>As pg_locks names them; null for ACCESS SHARE.</summary>
    public static LockMode? ModeOf(string name) => name switch
    {
        "RowShareLock" => LockMode.RowShare,
        "RowExclusiveLock" => LockMode.RowExclusive,
        "ShareUpdateExclusiveLock" => LockMode.ShareUpdateExclusive,
        "ShareLock" => LockMode.Share,
        "ShareRowExclusiveLock" => LockMode.ShareRowExclusive,
        "ExclusiveLock" => LockMode.Exclusive,
        "AccessExclusiveLock" => LockMode.AccessExclusive,
        _ => null,
    };
}
