namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>INVALID indexes: what a concurrent build leaves when it is cut off. They cost at each write, and no query uses them.</summary>
internal static class IndexesCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        // One that is being built just now is INVALID too; that of a partitioned table is as long as a part has none. Which table another user's
        // session builds for is hidden from who may not read its statistics; its lock is not.
        var invalid = await ServerQuestion.AskAsync(
            of,
            """
            select i.indexrelid::regclass::text, i.indrelid::regclass::text, c.relname ~ '_cc(new|old)[0-9]*$',
                   exists (select from pg_locks l
                            where l.locktype = 'relation' and l.granted and l.relation = i.indrelid and l.mode = 'ShareUpdateExclusiveLock'
                              and l.database = (select d.oid from pg_database d where d.datname = current_database()))
              from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
             where not i.indisvalid and c.relkind = 'i' and n.nspname <> 'pg_toast'
               and not exists (select from pg_stat_progress_create_index p
                                where p.datname = current_database() and (i.indexrelid = p.index_relid or i.indrelid = p.relid))
             order by 1
            """,
            row => (Index: row.GetString(0), Table: row.GetString(1), IsLeftover: row.GetBoolean(2), IsWorkedOn: row.GetBoolean(3)),
            cancellationToken);
        return invalid.Count == 0
            ? [Finding.Ok("none is INVALID")]
            : Finding.Few(
                [.. invalid.Select(found => found.IsWorkedOn
                    ? Finding.Warning(
                        $"index {found.Index} of {found.Table} is INVALID: it is being built, or a concurrent build was cut off",
                        $"Wait until no other session works on {found.Table}, and run doctor again.")
                    : Finding.Warning(
                        $"index {found.Index} of {found.Table} is INVALID: a concurrent build was cut off",
                        found.IsLeftover ? $"Drop it: DROP INDEX CONCURRENTLY {found.Index};" : $"Build it again: REINDEX INDEX CONCURRENTLY {found.Index}; or drop it: DROP INDEX CONCURRENTLY {found.Index};"))],
                "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid; shows all.");
    }
}
