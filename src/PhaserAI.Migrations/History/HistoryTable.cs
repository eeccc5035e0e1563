using System.Collections.Immutable;
using Npgsql;

namespace PhaserAI.Migrations.History;

/// <summary>
/// <c>schema_migrations</c> and the tables beside it. The first is the guide's, so that older runners can read it; one
/// that is there already is used in place. <c>_detail</c> keeps what was applied, <c>_checkpoint</c> the finished steps
/// of unfinished migrations.
/// </summary>
internal sealed class HistoryTable
{
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

    /// <summary>What writes to it, in the transactions of the migrations themselves.</summary>
    public HistoryWriter Writer => new(Schema);

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
                      from {Name()} m {(_detailExists ? $"left join {Name(HistorySchema.Detail)} d using (version)" : "")}
                     order by m.version collate "C"
                    """));
                if (_checkpointExists)
                    batch.BatchCommands.Add(new NpgsqlBatchCommand($"select version::text, is_down, step, hash::text, elapsed_ms from {Name(HistorySchema.Checkpoint)} order by version, step"));
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
            var command = new NpgsqlCommand($"select file_name::text, down_sql::text from {Name(HistorySchema.Detail)} where version = $1", _connection);
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
                $"user {_connection.UserName} may not create tables in schema {Schema}: {refused.MessageText}",
                $"Let its owner run: GRANT USAGE, CREATE ON SCHEMA {Quote(Schema)} TO {Quote(_connection.UserName ?? "")}; or set DB_HISTORY_SCHEMA.",
                refused);
        }

        _exists = _detailExists = _checkpointExists = true;
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
        $"user {_connection.UserName} may not {verb} the history in schema {Schema}: {refused.MessageText}",
        $"Let its owner run: GRANT {right} ON {Name()}, {Name(HistorySchema.Detail)}, {Name(HistorySchema.Checkpoint)} TO {Quote(_connection.UserName ?? "")}.",
        refused);

    private string Name(string suffix = "") => HistorySchema.Name(Schema, suffix);

    private static string Quote(string identifier) => HistorySchema.Quote(identifier);
}
