using System.Collections.Immutable;
using Npgsql;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Who keeps a session waiting.</summary>
internal static class Blockers
{
    private const int LongestQuery = 200;

    /// <summary>Asks for the blockers of a session of this user in this database; null when nobody blocks it.</summary>
    public static async Task<StatementBlocked?> ReadAsync(NpgsqlConnection connection, int waiting, CancellationToken cancellationToken)
    {
        // A prepared transaction has the pid 0 here, and none in pg_locks (manual, pg_blocking_pids and pg_locks). Looked for once and not for each
        // row: else the planner finds it so dear that it is compiled first, which takes 150 ms instead of 20 (measured).
        const string Sql = """
            with w as materialized (select mode, relation, waitstart from pg_locks where pid = $1 and not granted limit 1)
            select w.mode, w.relation::regclass::text, b.pid, a.usename::text,
                   coalesce(nullif(a.application_name, ''), nullif(a.backend_type, 'client backend'))::text,
                   host(a.client_addr)::text, coalesce(p.prepared, a.xact_start, a.backend_start),
                   coalesce('prepared as ' || p.gid, a.state)::text, nullif(a.query, '<insufficient privilege>')::text,
                   extract(epoch from clock_timestamp() - w.waitstart)::float8
              from (select distinct pid from unnest(pg_blocking_pids($1)) pid where pid <> pg_backend_pid()) b
              left join pg_stat_activity a on a.pid = b.pid
              left join w on true
              left join pg_prepared_xacts p on b.pid = 0 and p.transaction in (
                select x.transactionid from pg_locks x join pg_locks l on l.virtualtransaction = x.virtualtransaction and l.pid is null
                 where x.pid is null and (l.relation = (select relation from w) or (select relation from w) is null))
             where exists (select from pg_stat_activity m where m.pid = $1 and m.datname = current_database() and m.usename = session_user)
             order by b.pid
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = waiting });
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var blockers = ImmutableArray.CreateBuilder<LockHolder>();
                string? mode = null, relation = null;
                var waited = TimeSpan.Zero;
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    (mode, relation) = (reader.GetText(0), reader.GetText(1));
                    if (!reader.IsDBNull(9))
                        waited = TimeSpan.FromSeconds(Math.Max(0, reader.GetDouble(9)));
                    blockers.Add(new LockHolder(
                        reader.GetInt32(2), reader.GetText(3), reader.GetText(4), reader.GetText(5), reader.GetTime(6), reader.GetText(7))
                    {
                        Query = Show(reader.GetText(8)),
                        PreventsWraparound = reader.GetText(8)?.EndsWith("(to prevent wraparound)", StringComparison.Ordinal) is true,
                    });
                }

                return blockers.Count == 0 ? null : new StatementBlocked(mode, relation, blockers.DrainToImmutable()) { Waited = waited };
            }
        }
    }

    /// <summary>The beginning of another session's statement, fit to be shown.</summary>
    public static string? Show(string? query)
    {
        if (string.IsNullOrWhiteSpace(query))
            return null;
        var line = string.Join(' ', SecretMask.Apply(query, out _).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= LongestQuery ? line : string.Concat(line.AsSpan(0, LongestQuery), "…");
    }

    public static string? GetText(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public static DateTimeOffset? GetTime(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : new DateTimeOffset(reader.GetDateTime(column));
}
