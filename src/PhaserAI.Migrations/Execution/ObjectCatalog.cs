using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Npgsql;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Looks objects up in the system catalogs, all in one query. A name without a schema is found in any schema but the
/// server's own: what the search_path was when a script ran is not known.
/// </summary>
internal static class ObjectCatalog
{
    /// <summary>What is missing, and indexes that are INVALID.</summary>
    public static async Task<ImmutableArray<ScriptProblem>> CheckAsync(
        NpgsqlConnection connection, ImmutableArray<CreatedObject> objects, CancellationToken cancellationToken)
    {
        var text = ServerText.Of(connection);
        CreatedObject[] asked = [.. objects.Where(created => text.IsFit(created.Object.Name) && text.IsFit(created.Object.Table ?? "") && text.IsFit(created.Object.Schema ?? ""))];
        var findings = ImmutableArray.CreateBuilder<ScriptProblem>();
        var missing = new List<CreatedObject>();
        foreach (var (number, invalid) in await AskAsync(connection, asked, cancellationToken).ConfigureAwait(false))
        {
            if (invalid is null)
                missing.Add(asked[number]);
            else
                findings.Add(Invalid(asked[number], invalid));
        }

        findings.AddRange(missing
            .Where(created => !missing.Exists(other => IsPartOf(created.Object, other.Object)))
            .DistinctBy(created => (created.Object.Type, created.Object.Name, created.Object.Table))
            .Select(Missing));
        return findings.DrainToImmutable();
    }

    /// <summary>What lies in a schema or belongs to a table that is missing itself.</summary>
    private static bool IsPartOf(DatabaseObject part, DatabaseObject whole) => whole.Type == "schema"
        ? part.Schema == whole.Name
        : part.Table is not null && whole.Table is null && part.Table == whole.Name;

    private static async Task<List<(int Number, string? Invalid)>> AskAsync(NpgsqlConnection connection, CreatedObject[] objects, CancellationToken cancellationToken)
    {
        var answers = new List<(int, string?)>();
        if (objects.Length == 0)
            return answers;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = ToJson(objects) });
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    answers.Add((reader.GetInt32(0), reader.IsDBNull(1) ? null : reader.GetString(1)));
            }
        }

        return answers;
    }

    // An index that is being built just now is INVALID too; the build holds that lock on its table.
    // The cast to name cuts what is longer than 63 bytes, as the server did when the object was made.
    private const string Sql = """
        with asked as materialized (
          select a.number, a.type, a.name::name as name, a."table"::name as "table", a.schema::name as schema
            from json_to_recordset($1::json) a (number int, type text, schema text, name text, "table" text)),
        spaces as materialized (
          select oid, nspname from pg_namespace where nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_(toast|temp)'),
        found as (
          select a.number
            from asked a join pg_class c on c.relname = a.name join spaces s on s.oid = c.relnamespace and s.nspname = coalesce(a.schema, s.nspname)
           where a.type in ('table', 'foreign table', 'view', 'materialized view', 'sequence', 'index')
           union all
          select a.number
            from asked a join pg_type y on y.typname = a.name join spaces s on s.oid = y.typnamespace and s.nspname = coalesce(a.schema, s.nspname)
           where a.type in ('type', 'domain')
           union all
          select a.number
            from asked a join pg_proc p on p.proname = a.name join spaces s on s.oid = p.pronamespace and s.nspname = coalesce(a.schema, s.nspname)
           where a.type in ('function', 'procedure', 'aggregate')
           union all
          select a.number from asked a join spaces s on s.nspname = a.name where a.type = 'schema'
           union all
          select a.number from asked a join pg_extension e on e.extname = a.name where a.type = 'extension'
           union all
          select a.number
            from asked a join pg_class c on c.relname = a."table" join spaces s on s.oid = c.relnamespace and s.nspname = coalesce(a.schema, s.nspname)
           where case a.type
                   when 'column' then exists (select from pg_attribute x where x.attrelid = c.oid and x.attname = a.name and not x.attisdropped)
                   when 'constraint' then exists (select from pg_constraint x where x.conrelid = c.oid and x.conname = a.name)
                   when 'trigger' then exists (select from pg_trigger x where x.tgrelid = c.oid and x.tgname = a.name)
                   when 'policy' then exists (select from pg_policy x where x.polrelid = c.oid and x.polname = a.name)
                   else false
                 end),
        invalid as (
          select a.number, format('%I.%I', s.nspname, c.relname) as index
            from asked a
            join pg_class c on c.relname = a.name and c.relkind = 'i'
            join spaces s on s.oid = c.relnamespace and s.nspname = coalesce(a.schema, s.nspname)
            join pg_index i on i.indexrelid = c.oid and not i.indisvalid
            join pg_class t on t.oid = i.indrelid and t.relname = a."table"
           where a.type = 'index' and not exists (select from pg_locks l where l.relation = t.oid and l.mode = 'ShareUpdateExclusiveLock'))
        select number, null as index from asked where number not in (select number from found)
         union all
        select number, index from invalid
         order by 1
        """;

    /// <summary>Written by hand: no serializer is needed for five fields. A database in SQL_ASCII can't read escapes for letters beyond ASCII.</summary>
    private static string ToJson(CreatedObject[] objects)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            for (var i = 0; i < objects.Length; i++)
            {
                json.WriteStartObject();
                json.WriteNumber("number", i);
                json.WriteString("type", objects[i].Object.Type);
                json.WriteString("schema", objects[i].Object.Schema);
                json.WriteString("name", objects[i].Object.Name);
                json.WriteString("table", objects[i].Object.Table);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static ScriptProblem Missing(CreatedObject created) => created.Text.Problem(
        created.Statement.Start,
        $"{created.Object} is not in the database, although {created.Version} is applied, which creates it here",
        $"If it was lost, run this statement by hand; if it was dropped on purpose, write that as a new migration; if nothing of {created.Version} is there, run repair --not-applied {created.Version} and then up.");

    private static ScriptProblem Invalid(CreatedObject created, string index) => created.Text.Problem(
        created.Statement.Start,
        $"index {index} is INVALID: it serves no query, and is paid for at every write",
        $"Run REINDEX INDEX CONCURRENTLY {index};");
}
