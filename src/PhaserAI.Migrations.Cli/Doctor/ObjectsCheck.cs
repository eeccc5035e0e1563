using System.Text.Json.Nodes;
using Npgsql;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Whether the user owns the tables that pending scripts change, and may create in the schemas in which they make something.</summary>
internal static class ObjectsCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var objects = await Task.Run(() => PendingObjects.Read(of.Plan!, cancellationToken), cancellationToken);
        var (user, quoted) = (of.Connection!.UserName, HistorySchema.Quote(of.Connection.UserName ?? ""));
        var findings = new List<Finding>();
        foreach (var (schema, name, owner) in await FindForeignAsync(of, objects, cancellationToken))
        {
            var place = objects.Changed.First(entry => entry.Key.Name == name && (entry.Key.Schema.Length == 0 || entry.Key.Schema == schema)).Value;
            findings.Add(Finding.Problem($"{place} changes {schema}.{name}, which belongs to {owner}, and only its owner may do that", $"Let an administrator run: GRANT {HistorySchema.Quote(owner)} TO {quoted}; or ALTER TABLE {HistorySchema.Quote(schema)}.{HistorySchema.Quote(name)} OWNER TO {quoted};"));
        }

        foreach (var schema in await FindClosedAsync(of, objects, cancellationToken))
        {
            var place = objects.Filled.GetValueOrDefault(schema) ?? objects.Filled.GetValueOrDefault("");
            findings.Add(Finding.Problem($"{place} makes something in schema {schema}, in which {user} may not create", $"Let its owner run: GRANT USAGE, CREATE ON SCHEMA {HistorySchema.Quote(schema)} TO {quoted};"));
        }

        return findings.Count > 0
            ? Finding.Few(findings, "What is needed stands in docs/SECURITY.md.")
            : [Finding.Ok(objects.Changed.Count == 0 ? "pending scripts change no table that is there" : $"{user} owns what pending scripts change ({string.Join(", ", objects.Changed.Keys.Select(key => key.Name).Take(3))}{(objects.Changed.Count > 3 ? ", …" : "")})")];
    }

    private static Task<List<(string Schema, string Name, string Owner)>> FindForeignAsync(Examination of, PendingObjects objects, CancellationToken cancellationToken) => ServerQuestion.AskAsync(
        of,
        """
        select distinct n.nspname::text, c.relname::text, pg_get_userbyid(c.relowner)::text
          from json_to_recordset($1::json) a (schema text, name text)
          join pg_class c on c.oid = to_regclass(case when a.schema = '' then quote_ident(a.name) else format('%I.%I', a.schema, a.name) end)
          join pg_namespace n on n.oid = c.relnamespace
         where not pg_has_role(c.relowner, 'USAGE')
         order by 1, 2
        """,
        row => (row.GetString(0), row.GetString(1), row.GetString(2)),
        cancellationToken,
        Json(objects.Changed.Keys.Select(key => new JsonObject { ["schema"] = key.Schema, ["name"] = key.Name })));

    private static Task<List<string>> FindClosedAsync(Examination of, PendingObjects objects, CancellationToken cancellationToken) => ServerQuestion.AskAsync(
        of,
        """
        select distinct n.nspname::text
          from json_to_recordset($1::json) a (schema text) join pg_namespace n on n.nspname = coalesce(nullif(a.schema, ''), current_schema())
         where not (has_schema_privilege(n.oid, 'CREATE') and has_schema_privilege(n.oid, 'USAGE'))
        """,
        row => row.GetString(0),
        cancellationToken,
        Json(objects.Filled.Keys.Select(schema => new JsonObject { ["schema"] = schema })));

    private static NpgsqlParameter<string> Json(IEnumerable<JsonObject> rows) => new() { TypedValue = new JsonArray([.. rows]).ToJsonString() };
}
