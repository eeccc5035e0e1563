using Npgsql;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Whether the user may write the history.</summary>
internal static class RightsCheck
{
    private static readonly (string Suffix, string[] Rights)[] Tables =
    [
        ("", ["SELECT", "INSERT", "UPDATE", "DELETE"]),
        (HistorySchema.Detail, ["SELECT", "INSERT", "UPDATE", "DELETE"]),
        (HistorySchema.Checkpoint, ["SELECT", "INSERT", "UPDATE", "DELETE"]),
        (HistorySchema.Log, ["SELECT", "INSERT"]),
    ];

    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var (schema, user) = (of.History!.Schema, HistorySchema.Quote(of.Connection!.UserName ?? ""));
        if (schema.Length == 0)
            return [Finding.Problem("there is no schema to make schema_migrations in: the search_path names none that exists", "Set DB_HISTORY_SCHEMA, or run ALTER ROLE … SET search_path.")];
        var (hasSchema, mayCreate, mayMakeSchemas) = (await ServerQuestion.AskAsync(
            of,
            """
            select n.oid is not null, coalesce(has_schema_privilege(n.oid, 'USAGE') and has_schema_privilege(n.oid, 'CREATE'), false), has_database_privilege(current_database(), 'CREATE')
              from (select) one left join pg_namespace n on n.nspname = $1
            """,
            row => (row.GetBoolean(0), row.GetBoolean(1), row.GetBoolean(2)),
            cancellationToken,
            Text(schema)))[0];
        var missing = await FindMissingAsync(of, schema, cancellationToken);
        var findings = new List<Finding>();
        if (!hasSchema && !mayMakeSchemas)
            findings.Add(Finding.Problem($"schema {schema} is not there, and {of.Connection.UserName} may not make it", $"Let the database's owner run: GRANT CREATE ON DATABASE {HistorySchema.Quote(of.History.Database)} TO {user};"));
        foreach (var (table, rights) in missing)
        {
            if (rights.Length > 0)
                findings.Add(Finding.Problem($"{of.Connection.UserName} may not {string.Join(", ", rights)} in {schema}.{table}", $"Let its owner run: GRANT {string.Join(", ", rights)} ON {HistorySchema.Quote(schema)}.{table} TO {user};"));
            else if (hasSchema && !mayCreate && findings.TrueForAll(finding => !finding.Message.Contains("make tables", StringComparison.Ordinal)))
                findings.Add(Finding.Problem($"{of.Connection.UserName} may not make tables in schema {schema}, where {table} is to be made", $"Let its owner run: GRANT USAGE, CREATE ON SCHEMA {HistorySchema.Quote(schema)} TO {user}; or set DB_HISTORY_SCHEMA."));
        }

        return findings.Count > 0 ? findings : [Finding.Ok($"{of.Connection.UserName} may write the history in {schema}{(mayCreate || !hasSchema ? ", and make tables there" : "; but no new tables there")}")];
    }

    /// <summary>Tables that are not there, without rights; and those that are, with the rights that are wanting.</summary>
    private static async Task<List<(string Table, string[] Rights)>> FindMissingAsync(Examination of, string schema, CancellationToken cancellationToken)
    {
        var there = await ServerQuestion.AskAsync(
            of,
            """
            select c.relname::text, has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'INSERT'), has_table_privilege(c.oid, 'UPDATE'), has_table_privilege(c.oid, 'DELETE')
              from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname like 'schema\_migrations%'
            """,
            row => (Table: row.GetString(0), May: (bool[])[row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3), row.GetBoolean(4)]),
            cancellationToken,
            Text(schema));
        var missing = new List<(string, string[])>();
        foreach (var (suffix, rights) in Tables)
        {
            var name = "schema_migrations" + suffix;
            var found = there.Find(table => table.Table == name);
            if (found.Table is null)
                missing.Add((name, []));
            else if (rights.Where((_, i) => !found.May[i]).ToArray() is { Length: > 0 } wanting)
                missing.Add((name, wanting));
        }

        return missing;
    }

    private static NpgsqlParameter<string> Text(string text) => new() { TypedValue = text };
}
