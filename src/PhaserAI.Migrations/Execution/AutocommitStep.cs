using System.Data;
using Npgsql;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Runs a statement that PostgreSQL refuses inside a transaction: one statement, one message. Since its record can't commit
/// with it, another record says before that it has begun.
/// </summary>
internal sealed class AutocommitStep(NpgsqlConnection connection, MigrationOptions options, IProgress<MigrationEvent>? progress)
{
    /// <summary>Runs the step, unless an earlier run began it and the catalog says that it is done.</summary>
    /// <param name="migration">The migration.</param>
    /// <param name="step">Its step of one statement.</param>
    /// <param name="recordStart">Writes that the step is about to begin.</param>
    /// <param name="recordFailure">Writes that it has not: the server has answered that it is not done.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <exception cref="StatementFailedException">The server refused the statement.</exception>
    /// <exception cref="IndexNotBuiltException">An index is not, or can't be, what the statement says.</exception>
    public async Task RunAsync(
        PlannedMigration migration,
        Step step,
        Func<CancellationToken, Task> recordStart,
        Func<CancellationToken, Task> recordFailure,
        CancellationToken cancellationToken)
    {
        var check = CatalogCheck.Of(step.Text, step.Statements[0]);
        if (step.Number == migration.StartedStep && check is not null
            && await check.IsDoneAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            progress?.Report(new StepFoundDone(migration.Version, step.Number));
            return;
        }

        await recordStart(cancellationToken).ConfigureAwait(false);
        try
        {
            await RunAsync(migration, step, check, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is StatementFailedException or PostgresException or IndexNotBuiltException or CopyFailedException or OperationCanceledException
            && connection.FullState is ConnectionState.Open)
        {
            await recordFailure(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private async Task RunAsync(PlannedMigration migration, Step step, CatalogCheck? check, CancellationToken cancellationToken)
    {
        var timeouts = await SetTimeoutsAsync(migration, step, cancellationToken).ConfigureAwait(false);
        try
        {
            var isDone = check is not null && await check.MendAsync(connection, options, progress, cancellationToken).ConfigureAwait(false);
            if (!isDone)
                await MeasureAsync(step.Text, step.Statements[0], cancellationToken).ConfigureAwait(false);
            if (check is not null)
                await check.RequireDoneAsync(connection, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            if (connection.FullState is ConnectionState.Open)
                await timeouts.RestoreAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<SessionTimeouts> SetTimeoutsAsync(PlannedMigration migration, Step step, CancellationToken cancellationToken)
    {
        if (CatalogCheck.IsConcurrent(step.Statements[0].Command))
            return await SessionTimeouts.SwitchOffAsync(connection, cancellationToken).ConfigureAwait(false);

        // What DO and CALL have committed so far would stay, and waiting for a row is part of their work.
        var lockTimeout = step.MayCommitInPart ? (TimeSpan?)null : migration.LockTimeout ?? options.LockTimeout;
        return await SessionTimeouts.LimitAsync(connection, lockTimeout, migration.StatementTimeout, cancellationToken).ConfigureAwait(false);
    }

    private Task MeasureAsync(SourceText text, SqlStatement statement, CancellationToken cancellationToken) => options.Meter is { } meter
        ? meter.RunAsync(connection, text, statement, () => SendAsync(text, statement, cancellationToken), cancellationToken)
        : SendAsync(text, statement, cancellationToken);

    private async Task SendAsync(SourceText text, SqlStatement statement, CancellationToken cancellationToken)
    {
        if (LoneStatement.Is(statement))
        {
            await LoneStatement.RunAsync(connection, text, statement, options, progress, cancellationToken).ConfigureAwait(false);
            return;
        }

        var batch = new StatementBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(text, statement);
            await batch.SendAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
