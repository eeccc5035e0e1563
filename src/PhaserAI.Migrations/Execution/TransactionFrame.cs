using Npgsql;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// What the runner puts around a script's statements: BEGIN and the run's settings before them, and after them the
/// session's reset, the record in the history and COMMIT.
/// </summary>
/// <param name="connection">Where they run.</param>
/// <param name="held">What the records prove, and whose sessions the transactions are in.</param>
/// <param name="direction">Whether migrations are applied or taken back.</param>
/// <param name="options">The run's timeouts.</param>
internal sealed class TransactionFrame(
    NpgsqlConnection connection, MigrationLock held, MigrationDirection direction, MigrationOptions options)
{
    private readonly HistoryWriter _history = new(held.Schema, held.Proof, ServerText.Of(connection), options.BackedUpTo);

    /// <summary>Before the script's first statement only BEGIN, SET and RESET may stand: a query would fix its snapshot.</summary>
    public void Open(StatementBatch batch, PlannedMigration migration, Step step)
    {
        var origin = new StatementOrigin(step.Text, step.Statements[0].Start, null);
        batch.Add(step.BeginOptions.Length == 0 ? "BEGIN" : $"BEGIN {step.BeginOptions}", origin);
        if (held.IsPooled)
            AddAll(batch, SessionReset.PooledBefore, origin);
        AddSettings(batch, migration, origin);
        if (step.IsValidation && migration.StatementTimeout is null)
            batch.Add(Milliseconds("statement_timeout", TimeSpan.Zero), origin);
    }

    /// <summary>Ends a step that is not the migration's last one. Its session goes on with the next step, unless it is a pooler's.</summary>
    public void CloseStep(StatementBatch batch, PlannedMigration migration, Step step, int elapsedMs)
    {
        var origin = new StatementOrigin(step.Text, step.CommitOffset, null);
        if (held.IsPooled)
            Reset(batch, migration, origin);
        Record(batch, _history.StepFinished(migration.Version, direction, step.Number, step.Hash, elapsedMs), origin);
    }

    /// <summary>Ends a record-only transaction: a step in autocommit is about to begin.</summary>
    public void CloseStarted(StatementBatch batch, PlannedMigration migration, Step step) => Record(
        batch,
        _history.StepStarted(migration.Version, direction, step.Number, step.Hash),
        new StatementOrigin(step.Text, step.Statements[0].Start, null));

    /// <summary>Ends a record-only transaction: that step has begun and is not done, as the server says.</summary>
    public void CloseFailed(StatementBatch batch, PlannedMigration migration, Step step) => Record(
        batch, _history.StepFailed(migration.Version, direction, step.Number), new StatementOrigin(step.Text, step.Statements[0].Start, null));

    /// <summary>Whether the session stays the run's own until what is prepared has been forgotten; a failed batch would leave it to others.</summary>
    public bool MayPrepare => !held.IsPooled;

    /// <summary>
    /// Prepares the record of the migrations that go out together, in a transaction of its own: without one it would begin that of the first, which could
    /// then choose no isolation level any more, and would see nothing newer (measured).
    /// </summary>
    public void PrepareRecord(StatementBatch batch, string name, StatementOrigin origin)
    {
        batch.Add("BEGIN", origin);
        batch.Add(_history.Prepare(name, direction), origin with { IsHistory = true });
        batch.Add("COMMIT", origin);
    }

    /// <summary>Ends the migration: it is recorded as applied, or as gone.</summary>
    /// <param name="batch">Takes the statements.</param>
    /// <param name="migration">The migration.</param>
    /// <param name="origin">Where its end stands.</param>
    /// <param name="elapsedMs">What its steps before this transaction took.</param>
    /// <param name="prepared">The name of the record if <see cref="PrepareRecord"/> has made one: then prepared statements are kept.</param>
    public void CloseMigration(StatementBatch batch, PlannedMigration migration, StatementOrigin origin, int elapsedMs, string? prepared = null)
    {
        Reset(batch, migration, origin, keepPrepared: prepared is not null);
        var by = RunLog.Entry(options, RunLog.ActionOf(direction), migration.Version, "done") with { Reason = ReasonOf(migration) };
        foreach (var record in Records(migration, elapsedMs, by, prepared))
            batch.Add(record, origin with { IsHistory = true });
        batch.AddCommit(origin);
    }

    /// <summary>What approved it, and what it destroyed with that approval.</summary>
    private string? ReasonOf(PlannedMigration migration)
    {
        var losses = options.Destroys.Where(loss => loss.Version == migration.Version).Select(loss => loss.ToString());
        return options.ApprovedBy is { } approval ? string.Join("; ", losses.Prepend(approval)) : null;
    }

    private IEnumerable<NpgsqlBatchCommand> Records(PlannedMigration migration, int elapsedMs, LogEntry by, string? prepared) => (prepared, direction) switch
    {
        ({ } name, MigrationDirection.Up) => [new NpgsqlBatchCommand(_history.ExecuteApplied(name, migration.Script!, by))],
        ({ } name, _) => [new NpgsqlBatchCommand(_history.ExecuteTakenBack(name, migration.Version, by))],
        (null, MigrationDirection.Up) => _history.Applied(migration.Script!, elapsedMs, migration.HasCheckpoints, by),
        _ => _history.TakenBack(migration.Version, elapsedMs, by),
    };

    private void Reset(StatementBatch batch, PlannedMigration migration, StatementOrigin origin, bool keepPrepared = false)
    {
        var statements = held.IsPooled ? SessionReset.Pooled : SessionReset.Statements;
        AddAll(batch, keepPrepared ? statements.Where(sql => sql != SessionReset.Deallocate) : statements, origin);
        AddSettings(batch, migration, origin); // RESET ALL has wiped them
    }

    private static void Record(StatementBatch batch, NpgsqlBatchCommand record, StatementOrigin origin)
    {
        AddAll(batch, SessionReset.OwnRoleUntilCommit, origin);
        batch.Add(record, origin with { IsHistory = true });
        batch.AddCommit(origin);
    }

    private void AddSettings(StatementBatch batch, PlannedMigration migration, StatementOrigin origin)
    {
        batch.Add(Milliseconds("lock_timeout", migration.LockTimeout ?? options.LockTimeout), origin);
        if (migration.StatementTimeout is { } limit)
            batch.Add(Milliseconds("statement_timeout", limit), origin);
        batch.Add("SET LOCAL idle_in_transaction_session_timeout = 0", origin);
        if (connection.PostgreSqlVersion.Major >= 17)
            batch.Add("SET LOCAL transaction_timeout = 0", origin);
        // One flush at the end of the run makes all of them durable before they are reported (Durability).
        batch.Add("SET LOCAL synchronous_commit = off", origin);
    }

    private static void AddAll(StatementBatch batch, IEnumerable<string> statements, StatementOrigin origin)
    {
        foreach (var sql in statements)
            batch.Add(sql, origin);
    }

    private static string Milliseconds(string setting, TimeSpan value) => $"SET LOCAL {setting} = {(long)value.TotalMilliseconds}";
}
