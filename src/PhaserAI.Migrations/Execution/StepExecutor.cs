using System.Data;
using Npgsql;
using PhaserAI.Migrations.Planning;

namespace PhaserAI.Migrations.Execution;

/// <summary>Runs the steps of one migration after the other. The last step and the history row commit together.</summary>
internal sealed class StepExecutor(
    NpgsqlConnection connection, TransactionFrame frame, BlockerWatch watch, MigrationOptions options, IProgress<MigrationEvent>? progress)
{
    private int _elapsedMs;
    private TimeSpan _duration;

    /// <summary>Steps of the current migration that are committed.</summary>
    public int FinishedSteps { get; private set; }

    /// <summary>Runs what is left of a migration; what all of it took, as its record says.</summary>
    /// <param name="migration">The migration.</param>
    /// <param name="lost">How an attempt to run all of it has just failed against other sessions; null when there was none.</param>
    /// <param name="deadline">The end of the run's time, and the user's interrupt.</param>
    /// <exception cref="StatementFailedException">A statement failed; its transaction is rolled back.</exception>
    /// <exception cref="OutOfTimeException">There is no time for the next step.</exception>
    public async Task<TimeSpan> RunAsync(PlannedMigration migration, StatementFailedException? lost, RunDeadline deadline)
    {
        var cancellationToken = deadline.Cut;
        FinishedSteps = migration.FinishedSteps;
        _elapsedMs = migration.FinishedMs;
        await SessionReplay.RunAsync(connection, migration, cancellationToken).ConfigureAwait(false);
        foreach (var step in migration.Runs.Skip(migration.FinishedSteps))
        {
            options.RequireTime();
            if (!step.MayBeTransaction || !await TryTransactionAsync(migration, step, lost, cancellationToken).ConfigureAwait(false))
                await RunAloneAsync(migration, step, deadline).ConfigureAwait(false);
            FinishedSteps = step.Number;
        }

        if (migration.Runs.Length == migration.FinishedSteps)
        {
            // A script without statements, or one whose last step was recorded by an earlier run.
            await RecordAsync(batch => frame.CloseMigration(batch, migration, StatementOrigin.Of(migration), _elapsedMs), StatementOrigin.Of(migration), cancellationToken).ConfigureAwait(false);
        }

        FinishedSteps = 0;
        return _duration;
    }

    /// <summary>False when the server refuses the statement inside a transaction, which its text did not show.</summary>
    private async Task<bool> TryTransactionAsync(
        PlannedMigration migration, Step step, StatementFailedException? lost, CancellationToken cancellationToken)
    {
        try
        {
            await LockRetry.RunAsync(
                token => watch.RunAsync(() => RunTransactionAsync(migration, step, token)), lost, UndoAsync, migration.Version, options, progress, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (StatementFailedException refused)
            when (step.Kind is StepKind.Autocommit && refused.Refusal.SqlState is PostgresErrorCodes.ActiveSqlTransaction)
        {
            await Rollback.RunAsync(connection).ConfigureAwait(false);
            return false;
        }
    }

    /// <summary>A prepared statement outlives its transaction, and the next attempt makes it again.</summary>
    private async Task UndoAsync()
    {
        await Rollback.RunAsync(connection).ConfigureAwait(false);
        if (frame.MayPrepare && connection.FullState is ConnectionState.Open)
            await OwnSql.RunAsync(connection, SessionReset.Deallocate, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task RunTransactionAsync(PlannedMigration migration, Step step, CancellationToken cancellationToken)
    {
        var started = options.TimeProvider.GetTimestamp();
        var batch = new StatementBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            frame.Open(batch, migration, step);
            if (options.Meter is { } meter)
            {
                await batch.SendAsync(cancellationToken).ConfigureAwait(false);
                await meter.BeginAsync(connection, step, cancellationToken).ConfigureAwait(false);
            }

            foreach (var statement in step.Statements)
            {
                watch.Advanced();
                var isLone = LoneStatement.Is(statement);
                if (!isLone)
                    batch.Add(step.Text, statement);
                if (isLone || batch.IsFull || options.Meter is not null)
                    await batch.SendAsync(cancellationToken).ConfigureAwait(false);
                if (isLone)
                    await LoneStatement.RunAsync(connection, step.Text, statement, options, progress, cancellationToken).ConfigureAwait(false);
                if (options.Meter is not null)
                    await options.Meter.MeasureAsync(connection, step.Text, statement, cancellationToken).ConfigureAwait(false);
            }

            Close(batch, migration, step);
            await SendLastAsync(batch, cancellationToken).ConfigureAwait(false);
            options.Meter?.End();
        }

        _elapsedMs += Milliseconds(started);
    }

    /// <summary>
    /// One statement, one message, no transaction; then its record in a transaction of its own. What the server refuses of
    /// the runner's own around such a statement is told at that statement's place.
    /// </summary>
    private async Task RunAloneAsync(PlannedMigration migration, Step step, RunDeadline deadline)
    {
        var started = options.TimeProvider.GetTimestamp();
        var origin = new StatementOrigin(step.Text, step.Statements[0].Start, null);
        try
        {
            var alone = new AutocommitStep(connection, options, progress);
            Task RunAsync(CancellationToken token) => watch.RunAsync(() => alone.RunAsync(
                migration,
                step,
                token => RecordAsync(batch => frame.CloseStarted(batch, migration, step), origin, token),
                token => RecordAsync(batch => frame.CloseFailed(batch, migration, step), origin, token),
                token));
            await deadline.RunOrLeaveAsync(connection, () => step.MayCommitInPart
                ? RunAsync(deadline.User)
                : LockRetry.RunAsync(RunAsync, null, UndoAsync, migration.Version, options, progress, deadline.User)).ConfigureAwait(false);
            _elapsedMs += Milliseconds(started);
            await RecordAsync(batch => Close(batch, migration, step), origin with { Offset = step.CommitOffset }, CancellationToken.None).ConfigureAwait(false);
        }
        catch (PostgresException refused)
        {
            throw new StatementFailedException(refused, origin);
        }
    }

    private void Close(StatementBatch batch, PlannedMigration migration, Step step)
    {
        if (step.Number == migration.Runs.Length)
            frame.CloseMigration(batch, migration, new StatementOrigin(step.Text, step.CommitOffset, null), _elapsedMs);
        else
            frame.CloseStep(batch, migration, step, _elapsedMs);
    }

    private async Task RecordAsync(Action<StatementBatch> close, StatementOrigin origin, CancellationToken cancellationToken)
    {
        var batch = new StatementBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add("BEGIN", origin);
            close(batch);
            await SendLastAsync(batch, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendLastAsync(StatementBatch batch, CancellationToken cancellationToken)
    {
        await batch.SendAsync(cancellationToken).ConfigureAwait(false);
        if (batch.Committed.Count > 0)
            _duration = batch.Committed.DurationOf(0);
    }

    private int Milliseconds(long started) => (int)Math.Min(int.MaxValue, options.TimeProvider.GetElapsedTime(started).TotalMilliseconds);
}
