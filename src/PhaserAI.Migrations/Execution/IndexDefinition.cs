using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>What makes two indexes of equal tables the same index, whatever their names are.</summary>
internal static class IndexDefinition
{
    /// <summary>An SQL expression for the definition of the index with this oid: text that can be compared.</summary>
    public static string Of(string oid) => $"""
        (select row(dc.relam, d.indisunique, d.indnkeyatts, d.indclass::text, d.indcollation::text, d.indoption::text,
                    pg_get_expr(d.indpred, d.indrelid), dc.reloptions::text, to_jsonb(d) ->> 'indnullsnotdistinct',
                    (select array_agg(row(pg_get_indexdef(da.attrelid, da.attnum, false), da.attoptions)::text order by da.attnum)
                       from pg_attribute da where da.attrelid = d.indexrelid))::text
           from pg_index d join pg_class dc on dc.oid = d.indexrelid where d.indexrelid = {oid})
        """;

    /// <summary>
    /// Asks the server itself what a statement says, by running it on an empty copy of the table that is rolled back: only so
    /// expressions, operator classes and defaults come out as in the catalog.
    /// </summary>
    /// <param name="connection">Outside of any transaction.</param>
    /// <param name="table">The qualified name of the table.</param>
    /// <param name="copy">The name of the copy: that of the table, without its schema, as the definition may name it.</param>
    /// <param name="create">CREATE INDEX on the copy.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>
    /// The oids of the table's indexes that are the same, with what their names have more than the one that the server gave
    /// the copy's; null when it can't be found out, as without the right to make temporary tables.
    /// </returns>
    public static async Task<Dictionary<long, string?>?> FindTwinsAsync(
        NpgsqlConnection connection, string table, string copy, string create, CancellationToken cancellationToken)
    {
        string[] statements =
        [
            "begin",
            $"create temporary table {copy} (like {table})",
            create,
            $"""
            with twin as materialized (
              select i.indexrelid::bigint as oid, i.indrelid, c.relname::text as name, {Of("i.indexrelid")} as definition
                from pg_index i join pg_class c on c.oid = i.indexrelid
               where i.indrelid in (to_regclass($1), to_regclass($2)))
            select o.oid, case when starts_with(o.name, c.name) then substr(o.name, length(c.name) + 1) end
              from twin o, twin c
             where o.indrelid = to_regclass($1) and c.indrelid = to_regclass($2) and o.definition = c.definition
            """,
        ];
        try
        {
            var batch = new NpgsqlBatch(connection);
            await using (batch.ConfigureAwait(false))
            {
                foreach (var sql in statements)
                    batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
                batch.BatchCommands[^1].Parameters.Add(new NpgsqlParameter<string> { TypedValue = table });
                batch.BatchCommands[^1].Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"pg_temp.{copy}" });
                var twins = new Dictionary<long, string?>();
                var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                        twins[reader.GetInt64(0)] = reader.IsDBNull(1) ? null : reader.GetString(1);
                }

                return twins;
            }
        }
        catch (PostgresException)
        {
            return null;
        }
        finally
        {
            await Rollback.RunAsync(connection).ConfigureAwait(false);
        }
    }
}
