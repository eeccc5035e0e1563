using System.Collections.Immutable;
using Npgsql;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.History;

/// <summary>
/// <c>schema_migrations</c> and the tables beside it. The first is the guide's, so that older runners can read it; one
/// that is there already is used in place. <c>_detail</c> keeps what was applied, <c>_checkpoint</c> the finished steps
/// of unfinished migrations.
/// </summary>
internal sealed class HistoryTable
{
    private const string DetailSuffix = "_detail";
    private const string CheckpointSuffix = "_checkpoint";
    private static readonly string[] Columns = ["version", "applied_at", "checksum", "execution_time_ms", "description"];

    private readonly NpgsqlConnection _connection;
    private readonly ImmutableArray<string> _missingColumns;
    private bool _exists;
    private bool _detailExists;
    private bool _checkpointExists;
    private readonly bool _schemaExists;

    private HistoryTable(NpgsqlConnection connection, NpgsqlDataReader row)
    {
        _connection = connection;
        Database = row.GetString(0);
        Schema = row.IsDBNull(1) ? "" : row.GetString(1);
        IsReadOnly = row.GetBoolean(2);
        _exists = !row.IsDBNull(3);
        _detailExists = row.GetBoolean(4);
        _checkpointExists = row.GetBoolean(5);
        _schemaExists = row.GetBoolean(6);
        var found = _exists ? row.GetString(3).Split(',') : [];
        _missingColumns = _exists ? [.. Columns.Except(found, StringComparer.Ordinal)] : [];
    }

    /// <summary>The database that the connection is in.</summary>
    public string Database { get; }

    /// <summary>The schema in which the tables are, or will be made; empty when the search_path names none.</summary>
    public string Schema { get; }

    /// <summary>A standby, or a session that defaults to read-only transactions.</summary>
    public bool IsReadOnly { get; }

    /// <summary>Looks for the table; one round trip, writes nothing.</summary>
    public static async Task<HistoryTable> LocateAsync(NpgsqlConnection connection, string? schema, CancellationToken cancellationToken)
    {
        const string Sql = """
            select current_database()::text,
                   coalesce(t.nspname, nullif($1, ''), current_schema())::text,
                   pg_is_in_recovery() or current_setting('transaction_read_only') = 'on',
                   (select string_agg(a.attname, ',') from pg_attribute a where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped),
                   to_regclass(format('%I.schema_migrations_detail', coalesce(t.nspname, nullif($1, ''), current_schema()))) is not null,
                   to_regclass(format('%I.schema_migrations_checkpoint', coalesce(t.nspname, nullif($1, ''), current_schema()))) is not null,
                   to_regnamespace(quote_ident(coalesce(t.nspname, nullif($1, ''), current_schema()))) is not null
              from (select 1) one
              left join (select c.oid, n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace) t
                on t.oid = to_regclass(case when $1 = '' then 'schema_migrations' else format('%I.schema_migrations', $1) end)
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema ?? "" });
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return new HistoryTable(connection, reader);
            }
        }
    }

    /// <summary>Reads everything; one round trip, writes nothing.</summary>
    public async Task<HistorySnapshot> ReadAsync(CancellationToken cancellationToken)
    {
        if (!_exists)
            return HistorySnapshot.Empty;
        RefuseMissingColumns();
        try
        {
            var batch = new NpgsqlBatch(_connection);
            await using (batch.ConfigureAwait(false))
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand($"""
                    select m.version::text, m.applied_at::timestamptz, m.checksum::text, m.execution_time_ms::int, m.description::text, {(_detailExists ? "d.token_checksum" : "null::text")}
                      from {Name()} m {(_detailExists ? $"left join {Name(DetailSuffix)} d using (version)" : "")}
                     order by m.version collate "C"
                    """));
                if (_checkpointExists)
                    batch.BatchCommands.Add(new NpgsqlBatchCommand($"select version::text, is_down, step, hash::text, elapsed_ms from {Name(CheckpointSuffix)} order by version, step"));
                return await ReadAsync(batch, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            throw NoRight(refused, "read", "SELECT");
        }
    }

    /// <summary>The texts stored when migrations were applied, by version.</summary>
    public async Task<Dictionary<string, StoredScript>> ReadStoredAsync(IEnumerable<string> versions, CancellationToken cancellationToken)
    {
        var stored = new Dictionary<string, StoredScript>(StringComparer.Ordinal);
        if (!_detailExists)
            return stored;
        foreach (var version in versions)
        {
            var command = new NpgsqlCommand($"select file_name::text, down_sql::text from {Name(DetailSuffix)} where version = $1", _connection);
            await using (command.ConfigureAwait(false))
            {
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = version });
                var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    if (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                        stored[version] = new StoredScript(reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1));
                }
            }
        }

        return stored;
    }

    /// <summary>Makes the tables that are not there. To be called under the lock: concurrent CREATE … IF NOT EXISTS fail (measured).</summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (_exists && _detailExists && _checkpointExists)
            return;
        if (Schema.Length == 0)
        {
            throw new HistoryUnusableException(
                "there is no schema to make schema_migrations in: the search_path names none that exists",
                "Set DB_HISTORY_SCHEMA, or run ALTER ROLE … SET search_path.");
        }

        try
        {
            var batch = new NpgsqlBatch(_connection);
            await using (batch.ConfigureAwait(false))
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand("begin"));
                foreach (var sql in MissingTables())
                    batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
                batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
                await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new HistoryUnusableException(
                $"the user may not create tables in schema {Schema}: {refused.MessageText}",
                $"Let an owner run: GRANT USAGE, CREATE ON SCHEMA {Quote(Schema)} TO the user; or set DB_HISTORY_SCHEMA.",
                refused);
        }

        _exists = _detailExists = _checkpointExists = true;
    }

    /// <summary>The statements that make a migration applied, for its own transaction.</summary>
    /// <param name="script">The migration.</param>
    /// <param name="earlierMs">What its steps before this transaction took.</param>
    /// <param name="hasCheckpoints">Whether finished steps of it may be recorded.</param>
    /// <param name="tool">Name and version of the tool.</param>
    /// <param name="host">The machine that runs it.</param>
    public IEnumerable<NpgsqlBatchCommand> Applied(MigrationScript script, int earlierMs, bool hasCheckpoints, string tool, string host)
    {
        var (version, parsed) = (script.Version.ToString(), script.Parsed);
        yield return Command(
            $"""
            insert into {Name()} as m (version, applied_at, checksum, execution_time_ms, description)
            values ($1, now(), $2, {ElapsedMs(earlierMs)}, $3)
            on conflict (version) do update
               set applied_at = now(), checksum = excluded.checksum, execution_time_ms = excluded.execution_time_ms,
                   description = coalesce(m.description, excluded.description)
            """,
            version,
            parsed.Checksum,
            script.Description);
        yield return Command(
            $"""
            insert into {Name(DetailSuffix)} (version, file_name, token_checksum, up_sql, down_sql, applied_by, applied_from, tool)
            values ($1, $2, $3, nullif($4, ''), nullif($5, ''), session_user, $6, $7)
            on conflict (version) do update
               set file_name = excluded.file_name, token_checksum = excluded.token_checksum, up_sql = excluded.up_sql,
                   down_sql = excluded.down_sql, applied_by = excluded.applied_by, applied_from = excluded.applied_from, tool = excluded.tool
            """,
            version,
            script.FileName,
            parsed.TokenChecksum,
            StoredText.Of(parsed.Up) ?? "",
            parsed.Down is { } down ? StoredText.Runnable(down) ?? "" : "",
            host,
            tool);
        if (hasCheckpoints)
            yield return Command($"delete from {Name(CheckpointSuffix)} where version = $1", version);
    }

    /// <summary>The statement that makes a migration gone. Its DOWN may have dropped the tables themselves.</summary>
    public NpgsqlBatchCommand TakenBack(string version)
    {
        var literal = version.Replace("'", "''", StringComparison.Ordinal);
        string[] suffixes = ["", DetailSuffix, CheckpointSuffix];
        var deletes = suffixes.Select(suffix => $"""
            if to_regclass('{Name(suffix).Replace("'", "''", StringComparison.Ordinal)}') is not null then
              delete from {Name(suffix)} where version = '{literal}';
            end if;
            """);
        return new NpgsqlBatchCommand($"do $history$ begin {string.Join('\n', deletes)} end $history$");
    }

    /// <summary>The statement that records a finished step, for the step's own transaction or right after it.</summary>
    /// <param name="version">The migration.</param>
    /// <param name="direction">Whether it is being applied or taken back.</param>
    /// <param name="step">The step's number.</param>
    /// <param name="hash">What the step was made of.</param>
    /// <param name="earlierMs">What the steps before this transaction took.</param>
    public NpgsqlBatchCommand StepFinished(string version, MigrationDirection direction, int step, string hash, int earlierMs) => Command(
        $"""
        insert into {Name(CheckpointSuffix)} (version, is_down, step, hash, elapsed_ms)
        values ($1, {(direction is MigrationDirection.Down ? "true" : "false")}, {step}, $2, {ElapsedMs(earlierMs)})
        on conflict (version, is_down, step) do update set hash = excluded.hash, finished_at = now()
        """,
        version,
        hash);

    /// <summary>Milliseconds of the migration up to here, by the server's clock: right also when messages queue.</summary>
    private static string ElapsedMs(int earlierMs) =>
        $"{earlierMs} + (extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000)::int";

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<string> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
        return command;
    }

    private static async Task<HistorySnapshot> ReadAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        var entries = ImmutableArray.CreateBuilder<HistoryEntry>();
        var checkpoints = ImmutableArray.CreateBuilder<Checkpoint>();
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                entries.Add(new HistoryEntry(
                    reader.GetString(0),
                    reader.IsDBNull(1) ? null : new DateTimeOffset(reader.GetDateTime(1)),
                    reader.IsDBNull(2) ? null : reader.GetString(2),
                    reader.IsDBNull(3) ? null : reader.GetInt32(3),
                    reader.IsDBNull(4) ? null : reader.GetString(4),
                    reader.IsDBNull(5) ? null : reader.GetString(5)));
            }

            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                checkpoints.Add(new Checkpoint(reader.GetString(0), reader.GetBoolean(1), reader.GetInt32(2), reader.GetString(3), reader.GetInt32(4)));
        }

        return new HistorySnapshot(entries.DrainToImmutable(), checkpoints.DrainToImmutable());
    }

    /// <summary>Only what is missing: IF NOT EXISTS checks the right to create before it looks.</summary>
    private IEnumerable<string> MissingTables()
    {
        if (!_schemaExists)
            yield return $"create schema {Quote(Schema)}";
        if (!_exists)
            yield return HistorySchema.CreateHistory(Quote(Schema));
        if (!_detailExists)
            yield return HistorySchema.CreateDetail(Quote(Schema));
        if (!_checkpointExists)
            yield return HistorySchema.CreateCheckpoint(Quote(Schema));
    }

    private void RefuseMissingColumns()
    {
        if (_missingColumns.IsEmpty)
            return;
        var additions = _missingColumns.Select(column => $"ADD COLUMN {column} {HistorySchema.TypeOf(column)}");
        throw new HistoryUnusableException(
            $"{Schema}.schema_migrations has no column {string.Join(", ", _missingColumns)}",
            $"Run: ALTER TABLE {Name()} {string.Join(", ", additions)};");
    }

    private HistoryUnusableException NoRight(PostgresException refused, string verb, string right) => new(
        $"the user may not {verb} the history in schema {Schema}: {refused.MessageText}",
        $"Let its owner run: GRANT {right} ON {Name()}, {Name(DetailSuffix)}, {Name(CheckpointSuffix)} TO the user.",
        refused);

    private string Name(string suffix = "") => $"{Quote(Schema)}.schema_migrations{suffix}";

    private static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
