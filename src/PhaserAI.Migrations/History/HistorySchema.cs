namespace PhaserAI.Migrations.History;

/// <summary>The tool's own tables.</summary>
internal static class HistorySchema
{
    /// <summary>What the name of the table of what was applied ends with.</summary>
    public const string Detail = "_detail";

    /// <summary>What the name of the table of finished steps ends with.</summary>
    public const string Checkpoint = "_checkpoint";

    /// <summary>What the name of the log of everything that was done ends with.</summary>
    public const string Log = "_log";

    /// <summary>
    /// Looks for the table: $1 is the schema, or empty; $2 the process that the connection believes to talk to. Column
    /// 13, from 0, is a schema with a history that a default of the database or the role hides; a connection that names
    /// its search_path itself means it. After it comes where the server listens, and whether the log has the column of backups.
    /// </summary>
    public const string Locate = """
        select current_database()::text,
               coalesce(t.nspname, nullif($1, ''), current_schema())::text,
               pg_is_in_recovery() or current_setting('transaction_read_only') = 'on',
               (select string_agg(a.attname, ',') from pg_attribute a where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped),
               to_regclass(format('%I.schema_migrations_detail', coalesce(t.nspname, nullif($1, ''), current_schema()))) is not null,
               to_regclass(format('%I.schema_migrations_checkpoint', coalesce(t.nspname, nullif($1, ''), current_schema()))) is not null,
               to_regnamespace(quote_ident(coalesce(t.nspname, nullif($1, ''), current_schema()))) is not null,
               coalesce(row_security_active(t.oid), false),
               exists (select from pg_attribute a join pg_type y on y.oid = a.atttypid where a.attrelid = t.oid and a.attname = 'version' and y.typcategory <> 'S'),
               t.oid is null or t.relkind = 'v' or exists (
                 select from pg_index i join pg_attribute a on a.attrelid = t.oid and a.attname = 'version'
                  where i.indrelid = t.oid and i.indisunique and i.indimmediate and i.indisvalid and i.indpred is null
                    and i.indnkeyatts = 1 and i.indkey[0] = a.attnum),
               to_regclass(format('%I.schema_migrations_log', coalesce(t.nspname, nullif($1, ''), current_schema()))) is not null,
               pg_backend_pid() <> $2,
               case when pg_backend_pid() = $2 then set_config('idle_session_timeout', '0', false) end,
               case when t.oid is null and $1 = '' and (select s.source from pg_settings s where s.name = 'search_path') in ('database', 'user', 'database user') then (
                 select min(n.nspname)::text from pg_class h join pg_class d on d.relnamespace = h.relnamespace and d.relname = 'schema_migrations_detail'
                   join pg_namespace n on n.oid = h.relnamespace where h.relname = 'schema_migrations') end,
               host(inet_server_addr()) || ':' || inet_server_port(),
               exists (select from pg_attribute a where a.attname = 'backup' and not a.attisdropped
                 and a.attrelid = to_regclass(format('%I.schema_migrations_log', coalesce(t.nspname, nullif($1, ''), current_schema()))))
          from (select 1) one
          left join (select c.oid, c.relkind, n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace) t
            on t.oid = to_regclass(case when $1 = '' then 'schema_migrations' else format('%I.schema_migrations', $1) end)
        """;

    /// <summary>The qualified, quoted name of <c>schema_migrations</c> or of a table beside it.</summary>
    public static string Name(string schema, string suffix = "") => $"{Quote(schema)}.schema_migrations{suffix}";

    public static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Makes the guide's table.</summary>
    /// <param name="schema">The schema's name, quoted.</param>
    public static string CreateHistory(string schema) =>
        $"""
        create table if not exists {schema}.schema_migrations (
          version varchar(50) primary key,
          applied_at timestamp with time zone default now(),
          checksum varchar(64),
          execution_time_ms integer,
          description text
        )
        """;

    /// <summary>Makes the table of what was applied.</summary>
    /// <param name="schema">The schema's name, quoted.</param>
    public static string CreateDetail(string schema) =>
        $"""
        create table if not exists {schema}.schema_migrations_detail (
          version varchar(50) primary key,
          file_name text not null,
          token_checksum varchar(64) not null,
          up_sql text,
          down_sql text,
          applied_by text not null,
          applied_from text not null,
          tool text not null
        )
        """;

    /// <summary>Makes the table of finished steps.</summary>
    /// <param name="schema">The schema's name, quoted.</param>
    public static string CreateCheckpoint(string schema) =>
        $"""
        create table if not exists {schema}.schema_migrations_checkpoint (
          version varchar(50) not null,
          is_down boolean not null,
          step integer not null,
          hash varchar(64) not null,
          elapsed_ms integer not null,
          started_at timestamp with time zone not null default now(),
          finished_at timestamp with time zone,
          primary key (version, is_down, step)
        )
        """;

    /// <summary>Makes the log, and what keeps its rows as they were written. Its owner can still drop the trigger.</summary>
    /// <param name="schema">The schema's name, quoted.</param>
    public static IEnumerable<string> CreateLog(string schema) =>
    [
        $"""
        create table if not exists {schema}.schema_migrations_log (
          id bigint generated always as identity primary key,
          at timestamp with time zone not null default clock_timestamp(),
          action text not null,
          version varchar(50),
          outcome text not null,
          duration_ms integer,
          database_user text not null default session_user,
          os_user text,
          host text,
          tool text,
          environment text,
          git_commit varchar(64),
          sqlstate varchar(5),
          error text,
          reason text,
          backup text
        )
        """,
        $"""
        create or replace function {schema}.schema_migrations_log_refuse() returns trigger language plpgsql as $refuse$
        begin
          raise exception '% of schema_migrations_log is refused: its rows are never changed', tg_op using errcode = 'insufficient_privilege';
        end
        $refuse$
        """,
        $"""
        create or replace trigger append_only before update or delete or truncate on {schema}.schema_migrations_log
        for each statement execute function {schema}.schema_migrations_log_refuse()
        """,
    ];

    /// <summary>Adds to a log what the first ones did not have.</summary>
    /// <param name="schema">The schema's name, quoted.</param>
    public static string WidenLog(string schema) => $"alter table {schema}.schema_migrations_log add column if not exists backup text";

    /// <summary>The type of a column of <c>schema_migrations</c>.</summary>
    public static string TypeOf(string column) => column switch
    {
        "version" => "varchar(50) PRIMARY KEY",
        "applied_at" => "timestamptz DEFAULT now()",
        "checksum" => "varchar(64)",
        "execution_time_ms" => "integer",
        _ => "text",
    };
}
