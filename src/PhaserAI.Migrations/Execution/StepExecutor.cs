using System.Data;
using Npgsql;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;

namespace PhaserAI.Migrations.Execution;

/// <summary>Runs the steps of one migration after the other. The last step and the history row commit together.</summary>
internal sealed class StepExecutor(
    NpgsqlConnection connection, HistoryWriter history, MigrationOptions options, IProgress<MigrationEvent>? progress)
{
    private int _elapsedMs;
    private bool _inTransaction;

    /// <summary>Steps of the current migration that are committed.</summary>
    public int FinishedSteps { get; private set; }

    /// <summary>Ends a transaction that failed or was cancelled, so that nothing of it stays. It is never cancelled itself.</summary>
    public async Task RollBackAsync()
    {
        if (!_inTransaction || connection.FullState is not ConnectionState.Open)
            return;
        _inTransaction = false;
        try
        {
            var command = new NpgsqlCommand("rollback", connection);
            await using (command.ConfigureAwait(false))
                await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // The connection broke: the server rolls back by itself.
        }
    }

    /// <summary>Runs what is left of a migration.</summary>
    /// <exception cref="StatementFailedException">A statement failed; its transaction is rolled back.</exception>
    public async Task RunAsync(PlannedMigration migration, MigrationDirection direction, CancellationToken cancellationToken)
    {
        FinishedSteps = migration.FinishedSteps;
        _elapsedMs = migration.FinishedMs;
        foreach (var step in migration.Runs.Skip(migration.FinishedSteps))
        {
            var ending = EndingOf(migration, step, direction);
            if (step.Kind is StepKind.Transaction)
                await LockRetry.RunAsync(Transaction(step, ending), RollBackAsync, migration.Version, options, progress, cancellationToken).ConfigureAwait(false);
            else
                await RunAloneAsync(migration, step, direction, ending, cancellationToken).ConfigureAwait(false);
            FinishedSteps = step.Number;
        }

        if (migration.Runs.Length == migration.FinishedSteps)
        {
            // A script without statements, or one whose last step was recorded by an earlier run.
            await CommitAsync(EndingOf(migration, null, direction), StatementOrigin.Of(migration), cancellationToken).ConfigureAwait(false);
        }
    }

    private Func<CancellationToken, Task> Transaction(Step step, Ending ending) => token => RunTransactionAsync(step, ending, token);

    private async Task RunTransactionAsync(Step step, Ending ending, CancellationToken cancellationToken)
    {
        var started = options.TimeProvider.GetTimestamp();
        var begin = new StatementOrigin(step.Text, step.Statements[0].Start, null);
        var batch = new StatementBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            _inTransaction = true;
            batch.Add($"BEGIN {step.BeginOptions}", begin);
            AddTimeouts(batch, begin);
            foreach (var statement in step.Statements)
            {
                var isLone = LoneStatement.Is(statement);
                if (!isLone)
                    batch.Add(step.Text, statement);
                if (isLone || batch.IsFull)
                    await batch.SendAsync(cancellationToken).ConfigureAwait(false);
                if (isLone)
                    await LoneStatement.RunAsync(connection, step.Text, statement, options, progress, cancellationToken).ConfigureAwait(false);
            }

            AddEnding(batch, ending, new StatementOrigin(step.Text, step.CommitOffset, null));
            await batch.SendAsync(cancellationToken).ConfigureAwait(false);
            _inTransaction = false;
        }

        _elapsedMs += Milliseconds(started);
    }

    /// <summary>
    /// One statement, one message, no transaction; then its record in a transaction of its own. What the server refuses of
    /// the runner's own around such a statement is told at that statement's place.
    /// </summary>
    private async Task RunAloneAsync(
        PlannedMigration migration, Step step, MigrationDirection direction, Ending ending, CancellationToken cancellationToken)
    {
        var started = options.TimeProvider.GetTimestamp();
        var origin = new StatementOrigin(step.Text, step.Statements[0].Start, null);
        var begun = new Ending(IsLast: false, () => [history.StepStarted(migration.Version, direction, step.Number, step.Hash)]);
        try
        {
            await new AutocommitStep(connection, options, progress)
                .RunAsync(migration, step, token => CommitAsync(begun, origin, token), cancellationToken).ConfigureAwait(false);
            _elapsedMs += Milliseconds(started);
            await CommitAsync(ending, origin with { Offset = step.CommitOffset }, CancellationToken.None).ConfigureAwait(false);
        }
        catch (PostgresException refused)
        {
            throw new StatementFailedException(refused, origin);
        }
    }

    private async Task CommitAsync(Ending ending, StatementOrigin origin, CancellationToken cancellationToken)
    {
        var batch = new StatementBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            _inTransaction = true;
            batch.Add("BEGIN", origin);
            AddEnding(batch, ending, origin);
            await batch.SendAsync(cancellationToken).ConfigureAwait(false);
            _inTransaction = false;
        }
    }

    /// <summary>What closes a step: for the last one the session's reset and the history row, for another a checkpoint.</summary>
    private Ending EndingOf(PlannedMigration migration, Step? step, MigrationDirection direction) => new(
        step is null || step.Number == migration.Runs.Length,
        () => step is not null && step.Number < migration.Runs.Length
            ? [history.StepFinished(migration.Version, direction, step.Number, step.Hash, _elapsedMs)]
            : direction is MigrationDirection.Up
                ? history.Applied(migration.Script!, _elapsedMs, migration.HasCheckpoints, options.Tool, Environment.MachineName)
                : [history.TakenBack(migration.Version)]);

    private void AddEnding(StatementBatch batch, Ending ending, StatementOrigin origin)
    {
        if (ending.IsLast)
        {
            foreach (var sql in SessionReset.Statements)
                batch.Add(sql, origin);
            AddTimeouts(batch, origin);
        }
        else
        {
            foreach (var sql in SessionReset.OwnRoleUntilCommit)
                batch.Add(sql, origin);
        }

        foreach (var command in ending.Record())
            batch.Add(command, origin with { IsHistory = true });
        batch.Add("COMMIT", origin);
    }

    private void AddTimeouts(StatementBatch batch, StatementOrigin origin)
    {
        batch.Add($"SET LOCAL lock_timeout = {(long)options.LockTimeout.TotalMilliseconds}", origin);
        batch.Add("SET LOCAL idle_in_transaction_session_timeout = 0", origin);
    }

    private int Milliseconds(long started) => (int)Math.Min(int.MaxValue, options.TimeProvider.GetElapsedTime(started).TotalMilliseconds);

    private sealed record Ending(bool IsLast, Func<IEnumerable<NpgsqlBatchCommand>> Record);
}
