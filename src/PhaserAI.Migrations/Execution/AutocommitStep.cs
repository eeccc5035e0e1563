using Npgsql;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Runs a statement that PostgreSQL refuses inside a transaction: one statement, one message.</summary>
internal sealed class AutocommitStep(NpgsqlConnection connection, MigrationOptions options, IProgress<MigrationEvent>? progress)
{
    /// <summary>Runs the step, unless an earlier run began it and the catalog says that it is done.</summary>
    /// <param name="migration">The migration.</param>
    /// <param name="step">Its step of one statement.</param>
    /// <param name="recordStart">Writes that the step is about to begin.</param>
    /// <param name="cancellationToken">Cancels the statement.</param>
    /// <exception cref="StatementFailedException">The server refused the statement.</exception>
    /// <exception cref="IndexNotBuiltException">The server called an index built that can't be used.</exception>
    public async Task RunAsync(
        PlannedMigration migration, Step step, Func<CancellationToken, Task> recordStart, CancellationToken cancellationToken)
    {
        var statement = step.Statements[0];
        if (step.Number == migration.StartedStep
            && await InterruptedStep.IsDoneAsync(connection, step.Text, statement, cancellationToken).ConfigureAwait(false))
        {
            progress?.Report(new StepFoundDone(migration.Version, step.Number));
        }
        else if (statement.Command.Contains("CONCURRENTLY", StringComparison.Ordinal))
        {
            await recordStart(cancellationToken).ConfigureAwait(false);
            // A timeout would leave an INVALID index behind (measured).
            var timeouts = await SessionTimeouts.SwitchOffAsync(connection, cancellationToken).ConfigureAwait(false);
            await SendConcurrentAsync(step.Text, statement, cancellationToken).ConfigureAwait(false);
            await timeouts.RestoreAsync(CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            await SendAsync(step.Text, statement, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendConcurrentAsync(SourceText text, SqlStatement statement, CancellationToken cancellationToken)
    {
        var index = ConcurrentIndex.Read(text, statement);
        if (index is not null && await index.DropLeftoverAsync(connection, cancellationToken).ConfigureAwait(false) is { } leftover)
            progress?.Report(new InvalidIndexDropped(leftover));
        await SendAsync(text, statement, cancellationToken).ConfigureAwait(false);
        if (index is not null)
            await index.RequireValidAsync(connection, CancellationToken.None).ConfigureAwait(false);
    }

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
