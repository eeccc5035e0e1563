using Npgsql;
using PhaserAI.Migrations.Planning;

namespace PhaserAI.Migrations.Execution;

/// <summary>A relation, or a column of one, that goes when a statement runs.</summary>
/// <param name="Id">Its oid; 0 for what is no relation.</param>
/// <param name="Type">What it is, in the words of a message.</param>
/// <param name="Name">Its name, with its schema unless the search_path leads there.</param>
/// <param name="Bytes">Its size with its indexes and parts.</param>
/// <param name="HasCascadingKeys">Whether deleting its rows deletes others.</param>
/// <param name="Column">The column, if only that goes.</param>
/// <param name="From">Where its rows are, in SQL; null when it has none.</param>
/// <param name="Filter">Which of them hold what is lost, in SQL; null for all.</param>
internal sealed record DestroyedRelation(long Id, string Type, string Name, long? Bytes, bool HasCascadingKeys, string? Column, string? From, string? Filter)
{
    private const string Kinds = "relkind in ('r', 'p', 'm')";

    private const string Relations = """
        tree(top, oid) as (select w.oid, w.oid from wanted w union select t.top, i.inhrelid from pg_inherits i join tree t on i.inhparent = t.oid)
        select c.oid::bigint,
               case when w.col is not null then 'column' else case c.relkind when 'm' then 'materialized view' when 'S' then 'sequence' when 'v' then 'view' else 'table' end end,
               case when pg_table_is_visible(c.oid) then '' else n.nspname || '.' end || c.relname || coalesce('.' || w.col, ''),
               case when c.relkind in ('r', 'p', 'm') then (select sum(pg_total_relation_size(t.oid))::bigint from tree t where t.top = c.oid) end,
               exists (select from pg_constraint k where k.contype = 'f' and k.confrelid = c.oid and k.confdeltype = 'c'),
               w.col,
               case when c.relkind in ('r', 'p', 'm', 'v') then format('from %I.%I', n.nspname, c.relname) end,
               case when w.col is not null then format('%I is not null', w.col) else (
                 select string_agg(format('%I is not null', a.attname), ' or ') from pg_attribute a
                   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attname = any (string_to_array($2, E'\x01'))) end
          from (select distinct * from wanted) w join pg_class c on c.oid = w.oid join pg_namespace n on n.oid = c.relnamespace
         order by n.nspname, c.relname, w.col
        """;

    public static DestroyedRelation Read(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetInt64(3), row.GetBoolean(4), Text(row, 5), Text(row, 6), Text(row, 7));

    /// <summary>Where the rows are that are lost; null when they can't be selected.</summary>
    public string? Source(Destruction destruction) => destruction.Kind switch
    {
        DataLossKind.Delete => destruction.Source,
        DataLossKind.Overwrite when Filter is null => "from (select where false) nothing", // columns that are not there yet
        _ => From is null ? null : $"{From}{(Filter is null ? "" : $" where {Filter}")}",
    };

    /// <summary>Asks for what a statement would destroy, as far as it is there.</summary>
    public static NpgsqlBatchCommand Query(Destruction destruction)
    {
        // $1 is a name as it can stand in SQL, or for what has no schema the name itself.
        var byName = destruction.IsAnySchema
            ? $"select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname = $1 and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.{Kinds}"
            : "select to_regclass($1)::oid";
        var types = destruction.Type is "EXTENSION"
            ? "select d.objid from pg_depend d where d.classid = 'pg_type'::regclass and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and d.refobjid = (select oid from pg_extension where extname = $1)"
            : "select to_regtype($1)::oid";
        var wanted = destruction.Type switch
        {
            "SCHEMA" => $"select c.oid, null::text from pg_class c where c.relnamespace = (select oid from pg_namespace where nspname = $1) and c.{Kinds} and not c.relispartition",
            "OWNED" => $"""
                select c.oid, null::text from pg_class c where c.{Kinds} and not c.relispartition and c.relowner =
                  (select oid from pg_roles where rolname = case when $1 in ('current_user', 'current_role') then current_user when $1 = 'session_user' then session_user else $1 end)
                """,
            "TYPE" or "DOMAIN" or "EXTENSION" => $"""
                select c.oid, a.attname::text from pg_depend d join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid and c.{Kinds}
                  join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and a.attnum > 0 and not a.attisdropped
                 where d.refclassid = 'pg_type'::regclass and d.refobjid in (select y.oid from pg_type y where y.oid in ({types}) or y.typelem in ({types}))
                """,
            "COLUMN" => $"select a.attrelid, a.attname::text from ({byName}) t (oid) join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attname = any (string_to_array($2, E'\\x01'))",
            "TABLE" when destruction is { Kind: DataLossKind.Empty, Cascades: true } =>
                $"(select t.oid, null::text from ({byName}) t (oid)) union select k.conrelid, null::text from pg_constraint k join wanted w on k.confrelid = w.oid where k.contype = 'f'",
            _ => $"select t.oid, null::text from ({byName}) t (oid)",
        };
        var command = destruction.Type is "DATABASE"
            ? new NpgsqlBatchCommand("select 0::bigint, 'database', datname::text, case when has_database_privilege(oid, 'connect') then pg_database_size(oid) end, false, null, null, null from pg_database where datname = $1 and $2 = ''")
            : new NpgsqlBatchCommand($"with recursive wanted(oid, col) as ({wanted}), {Relations}");
        var isPlainName = destruction.IsAnySchema || destruction.Type is "SCHEMA" or "OWNED" or "EXTENSION" or "DATABASE";
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = isPlainName ? destruction.Name.Last : destruction.Name.ToString() });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = string.Join('\u0001', destruction.Columns) });
        return command;
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
