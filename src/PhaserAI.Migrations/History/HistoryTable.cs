using System.Collections.Immutable;
using Npgsql;

namespace PhaserAI.Migrations.History;

/// <summary>
/// <c>schema_migrations</c> and the tables beside it. The first is the guide's, so that older runners can read it; one
/// that is there already is used in place. <c>_detail</c> keeps what was applied, <c>_checkpoint</c> the finished steps
/// of unfinished migrations, <c>_log</c> everything that was done.
/// </summary>
internal sealed class HistoryTable
{
    private static readonly ImmutableArray<string> OwnSession = ["begin", "reset session authorization", "reset role", "reset all"];
    private static readonly string[] Columns = ["version", "applied_at", "checksum", "execution_time_ms", "description"];

    private readonly NpgsqlConnection _connection;
    private readonly ImmutableArray<string> _missingColumns;
    private bool _exists;
    private bool _detailExists;
    private bool _checkpointExists;
    private bool _logExists;
    private bool _logHasBackup;
    private readonly bool _schemaExists;
    private readonly bool _hidesRows;
    private readonly bool _isForeign;
    private readonly bool _hasKey;
    private readonly string? _elsewhere;

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
        _hidesRows = row.GetBoolean(7);
        _isForeign = row.GetBoolean(8);
        _hasKey = row.GetBoolean(9);
        _logExists = row.GetBoolean(10);
        IsPooled = row.GetBoolean(11);
        _elsewhere = row.IsDBNull(13) ? null : row.GetString(13);
        ServerAddress = row.IsDBNull(14) ? null : row.GetString(14);
        _logHasBackup = row.GetBoolean(15);
        var found = _exists ? row.GetString(3).Split(',') : [];
        _missingColumns = _exists ? [.. Columns.Except(found, StringComparer.Ordinal)] : [];
    }

    /// <summary>The database that the connection is in.</summary>
    public string Database { get; }

    /// <summary>The schema in which the tables are, or will be made; empty when the search_path names none.</summary>
    public string Schema { get; }

    /// <summary>Whether a pooler stands between: it answers with a process ID of its own, and may change the server process with each transaction.</summary>
    public bool IsPooled { get; }

    /// <summary>Where the server listens, as a pooler sees it; null when it uses a Unix socket.</summary>
    public string? ServerAddress { get; }

    /// <summary>A standby, or a session that defaults to read-only transactions.</summary>
    public bool IsReadOnly { get; }

    /// <summary>Whether there is a <c>schema_migrations</c>.</summary>
    public bool Exists => _exists;

    /// <summary>Whether the tool's own tables stand beside it.</summary>
    public bool HasDetail => _detailExists;

    /// <summary>Whether there is a log.</summary>
    public bool HasLog => _logExists;

    /// <summary>Whether the log has a column for the backup's address.</summary>
    public bool LogHasBackup => _logHasBackup;

    /// <summary>Whether the table, if there is one, has all the columns of this tool's.</summary>
    public bool HasOwnColumns => _missingColumns.IsEmpty;

    /// <summary>Looks for the table; one round trip, behind a pooler two; writes nothing.</summary>
    public static async Task<HistoryTable> LocateAsync(NpgsqlConnection connection, string? schema, CancellationToken cancellationToken)
    {
        var found = await LocateAsync(connection, schema, [], cancellationToken).ConfigureAwait(false);
        // A search_path that another client has left in a session of the pool would show another history, or none.
        return found.IsPooled ? await LocateAsync(connection, schema, OwnSession, cancellationToken).ConfigureAwait(false) : found;
    }

    private static async Task<HistoryTable> LocateAsync(
        NpgsqlConnection connection, string? schema, ImmutableArray<string> before, CancellationToken cancellationToken)
    {
        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var sql in before)
                batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
            var find = new NpgsqlBatchCommand(HistorySchema.Locate);
            find.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema ?? "" });
            find.Parameters.Add(new NpgsqlParameter<int> { TypedValue = connection.ProcessID });
            batch.BatchCommands.Add(find);
            if (!before.IsEmpty)
                batch.BatchCommands.Add(new NpgsqlBatchCommand("rollback"));
            try
            {
                var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                    return new HistoryTable(connection, reader);
                }
            }
            catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege)
            {
                throw new HistoryUnusableException(
                    $"user {connection.UserName} may not look into the history's schema: {refused.MessageText}",
                    $"Let its owner run: GRANT USAGE ON SCHEMA {Quote(schema ?? "public")} TO {Quote(connection.UserName ?? "")}; or set DB_HISTORY_SCHEMA.",
                    refused);
            }
        }
    }

    /// <summary>Reads everything; one round trip, writes nothing.</summary>
    public async Task<HistorySnapshot> ReadAsync(CancellationToken cancellationToken)
    {
        RefuseElsewhere();
        if (!_exists)
            return HistorySnapshot.Empty with { Database = Database };
        RefuseUnreadable();
        try
        {
            var batch = new NpgsqlBatch(_connection);
            await using (batch.ConfigureAwait(false))
            {
                // A time that .NET has no value for (infinity, before Christ) is none, and a duration at most an int.
                batch.BatchCommands.Add(new NpgsqlBatchCommand($"""
                    select m.version::text,
                           case when m.applied_at::timestamptz between '0001-01-02 00:00Z' and '9999-12-30 00:00Z' then m.applied_at::timestamptz end,
                           m.checksum::text,
                           case when m.execution_time_ms is not null then least(greatest(m.execution_time_ms::bigint, 0), 2147483647)::int end,
                           m.description::text, {(_detailExists ? "d.token_checksum" : "null::text")}
                      from {Name()} m {(_detailExists ? $"left join {Name(HistorySchema.Detail)} d using (version)" : "")}
                     order by m.version collate "C"
                    """));
                if (_checkpointExists)
                    batch.BatchCommands.Add(new NpgsqlBatchCommand($"select version::text, is_down, step, hash::text, elapsed_ms, finished_at is not null from {Name(HistorySchema.Checkpoint)} order by version, step"));
                return await ReadAsync(batch, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            throw NoRight(refused, "read", "SELECT");
        }
    }

    /// <summary>The texts stored when migrations were applied, by version; one round trip.</summary>
    public Task<Dictionary<string, StoredScript>> ReadStoredAsync(IEnumerable<string> versions, CancellationToken cancellationToken) =>
        StoredScript.ReadAsync(_connection, Name(HistorySchema.Detail), _detailExists ? versions : [], cancellationToken);

    /// <summary>
    /// The log from its beginning on, newest last, and what is applied that it knows nothing of: rows that are older than it.
    /// One round trip, writes nothing.
    /// </summary>
    /// <param name="filter">Which entries.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ImmutableArray<LogEntry>> ReadLogAsync(LogFilter filter, CancellationToken cancellationToken)
    {
        RefuseElsewhere();
        if (!_exists && !_logExists)
            return [];
        if (_exists)
            RefuseUnreadable();
        try
        {
            return await AuditLog.ReadAsync(_connection, Schema, _exists, _detailExists, _logExists, _logHasBackup, filter, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            throw NoRight(refused, "read", "SELECT");
        }
    }

    /// <summary>Makes the tables that are not there. To be called under the lock: concurrent CREATE … IF NOT EXISTS fail (measured).</summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (!_hasKey)
            throw NoKey("has no unique key of the column version alone");
        if (_logExists && !_logHasBackup)
            await TryWidenLogAsync(cancellationToken).ConfigureAwait(false);
        if (_exists && _detailExists && _checkpointExists && _logExists)
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
                foreach (var sql in MissingTables(_exists))
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

        _logHasBackup |= !_logExists;
        _exists = _detailExists = _checkpointExists = _logExists = true;
    }

    /// <summary>A run must not fail because somebody else owns the log, as is recommended.</summary>
    private async Task TryWidenLogAsync(CancellationToken cancellationToken)
    {
        try
        {
            var command = new NpgsqlCommand(HistorySchema.WidenLog(Quote(Schema)), _connection);
            await using (command.ConfigureAwait(false))
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            _logHasBackup = true;
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            // What would stand in the column stands in the reason.
        }
    }

    private async Task<HistorySnapshot> ReadAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        var entries = ImmutableArray.CreateBuilder<HistoryEntry>();
        var versions = new HashSet<string>(StringComparer.Ordinal);
        var checkpoints = ImmutableArray.CreateBuilder<Checkpoint>();
        var started = ImmutableArray.CreateBuilder<Checkpoint>();
        var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var version = reader.IsDBNull(0) ? null : reader.GetString(0);
                if (version is null || !versions.Add(version))
                    throw NoKey(version is null ? "has a row without a version" : $"has more than one row of version {version}");
                entries.Add(new HistoryEntry(
                    version,
                    reader.IsDBNull(1) ? null : new DateTimeOffset(reader.GetDateTime(1)),
                    reader.IsDBNull(2) ? null : reader.GetString(2),
                    reader.IsDBNull(3) ? null : reader.GetInt32(3),
                    reader.IsDBNull(4) ? null : reader.GetString(4),
                    reader.IsDBNull(5) ? null : reader.GetString(5)));
            }

            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var checkpoint = new Checkpoint(reader.GetString(0), reader.GetBoolean(1), reader.GetInt32(2), reader.GetString(3), reader.GetInt32(4));
                (reader.GetBoolean(5) ? checkpoints : started).Add(checkpoint);
            }
        }

        return new HistorySnapshot(entries.DrainToImmutable(), checkpoints.DrainToImmutable())
        {
            Started = started.DrainToImmutable(),
            Database = Database,
        };
    }

    /// <summary>Makes only what is missing: IF NOT EXISTS checks the right to create before it looks.</summary>
    /// <param name="hasHistory">Whether <c>schema_migrations</c> itself is there.</param>
    public IEnumerable<string> MissingTables(bool hasHistory)
    {
        if (!_schemaExists)
            yield return $"create schema {Quote(Schema)}";
        if (!hasHistory)
            yield return HistorySchema.CreateHistory(Quote(Schema));
        if (!_detailExists)
            yield return HistorySchema.CreateDetail(Quote(Schema));
        if (!_checkpointExists)
            yield return HistorySchema.CreateCheckpoint(Quote(Schema));
        if (_logExists)
            yield break;
        foreach (var sql in HistorySchema.CreateLog(Quote(Schema)))
            yield return sql;
    }

    /// <summary>A migration may have set the search_path of the database: then everything would look pending, and run once more.</summary>
    private void RefuseElsewhere()
    {
        if (_elsewhere is null)
            return;
        throw new HistoryUnusableException(
            $"the search_path of this database or role does not lead to schema_migrations, but schema {_elsewhere} has a history of this tool",
            $"Set DB_HISTORY_SCHEMA={_elsewhere} to go on with it; to begin another one, set it to the schema that is to have it.");
    }

    private void RefuseUnreadable()
    {
        if (_isForeign)
        {
            throw new HistoryUnusableException(
                $"{Schema}.schema_migrations belongs to another tool: its column version is no text",
                "Set DB_HISTORY_SCHEMA to a schema of its own for this tool's history.");
        }

        // Hidden rows would look like migrations that are pending.
        if (_hidesRows)
        {
            throw new HistoryUnusableException(
                $"row-level security may hide rows of {Schema}.schema_migrations from user {_connection.UserName}",
                $"Let its owner run: ALTER TABLE {Name()} DISABLE ROW LEVEL SECURITY; or connect as the table's owner.");
        }

        if (_missingColumns.IsEmpty)
            return;
        if (_missingColumns.Length == Columns.Length - 1)
        {
            throw new HistoryUnusableException(
                $"{Schema}.schema_migrations has versions and nothing else: dbmate makes it so",
                "Run import --from dbmate to go on from what it has applied; or set DB_HISTORY_SCHEMA to a schema of its own for this tool's history.");
        }

        var additions = _missingColumns.Select(column => $"ADD COLUMN {column} {HistorySchema.TypeOf(column)}");
        throw new HistoryUnusableException(
            $"{Schema}.schema_migrations has no column {string.Join(", ", _missingColumns)}",
            $"Run: ALTER TABLE {Name()} {string.Join(", ", additions)};");
    }

    private HistoryUnusableException NoKey(string what) => new(
        $"{Schema}.schema_migrations {what}",
        $"Delete rows that do not belong there, and run: ALTER TABLE {Name()} ADD PRIMARY KEY (version);");

    private HistoryUnusableException NoRight(PostgresException refused, string verb, string right) => new(
        $"user {_connection.UserName} may not {verb} the history in schema {Schema}: {refused.MessageText}",
        $"Let its owner run: GRANT {right} ON {Name()}, {Name(HistorySchema.Detail)}, {Name(HistorySchema.Checkpoint)}, {Name(HistorySchema.Log)} TO {Quote(_connection.UserName ?? "")}.",
        refused);

    private string Name(string suffix = "") => HistorySchema.Name(Schema, suffix);

    private static string Quote(string identifier) => HistorySchema.Quote(identifier);
}
