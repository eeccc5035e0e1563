using System.Data;
using Npgsql;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;

namespace PhaserAI.Migrations.Execution;

/// <summary>Writes into the history what somebody says it is to be: under the lock, in one transaction, and with a reason in the log.</summary>
internal sealed class HistoryExecutor(NpgsqlConnection connection, ScriptSet scripts, HistoryTarget target, MigrationOptions options)
{
    public async Task<HistoryPlan> PlanAsync(CancellationToken cancellationToken)
    {
        RequireAllowed();
        return (await ReadAsync(cancellationToken).ConfigureAwait(false)).Plan;
    }

    /// <param name="reason">Why, in somebody's words.</param>
    /// <param name="approve">Called before anything is locked, and again when another run has changed the plan meanwhile.</param>
    /// <param name="cancellationToken">Gives up before anything is written.</param>
    public async Task<HistoryPlan> RunAsync(
        string reason, Func<HistoryPlan, CancellationToken, Task<string?>>? approve, CancellationToken cancellationToken)
    {
        var reading = await ReadAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            RequireAllowed();
            return await RunAsync(reading, reason, approve, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception refusal)
        {
            await RunLog.RefusedAsync(connection, reading.History, options, target.Action, refusal).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<HistoryPlan> RunAsync(
        Reading reading, string reason, Func<HistoryPlan, CancellationToken, Task<string?>>? approve, CancellationToken cancellationToken)
    {
        if (!reading.IsRunnable)
            return await RefuseAsync(reading).ConfigureAwait(false);
        var approval = approve is null ? null : await approve(reading.Plan, cancellationToken).ConfigureAwait(false);
        var approved = reading.Plan;
        var held = await MigrationLock.AcquireAsync(connection, reading.History, options, null, cancellationToken).ConfigureAwait(false);
        try
        {
            reading = await ReadAsync(cancellationToken).ConfigureAwait(false);
            while (held.Schema != reading.History.Schema)
            {
                await held.DisposeAsync().ConfigureAwait(false);
                held = await MigrationLock.AcquireAsync(connection, reading.History, options, null, cancellationToken).ConfigureAwait(false);
                reading = await ReadAsync(cancellationToken).ConfigureAwait(false);
            }

            if (!reading.IsRunnable)
                return await RefuseAsync(reading).ConfigureAwait(false);
            if (!reading.Plan.Changes.SequenceEqual(approved.Changes) && approve is not null)
                approval = await approve(reading.Plan, cancellationToken).ConfigureAwait(false);

            await reading.History.EnsureAsync(cancellationToken).ConfigureAwait(false);
            await WriteAsync(held, reading, approval is null ? reason : $"{reason} ({approval})").ConfigureAwait(false);
        }
        catch (PostgresException refused) when (refused.SqlState is HistoryWriter.NotWritten)
        {
            throw new HistoryUnusableException(
                $"a row of {reading.History.Schema}.schema_migrations was not written: a trigger or a rule keeps it out; nothing was changed",
                "Drop that trigger or rule, and run the command again.",
                refused);
        }
        catch (PostgresException refused) when (refused.SqlState is HistoryWriter.LockLost)
        {
            throw new ConnectionFailedException(
                "the connection that kept the lock was lost; nothing was changed", "Run the command again once the server answers.", refused);
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new HistoryUnusableException(
                $"user {connection.UserName} may not write the history in schema {reading.History.Schema}: {refused.MessageText}; nothing was changed",
                "Let its owner grant SELECT, INSERT, UPDATE and DELETE on schema_migrations and the tables beside it, and run the command again.",
                refused);
        }
        finally
        {
            await held.DisposeAsync().ConfigureAwait(false);
        }

        return reading.Plan;
    }

    /// <summary>Elsewhere a history that says what nobody has checked would have the next run change real data by it.</summary>
    private void RequireAllowed()
    {
        if (target == HistoryTarget.AllFiles && options.Environment is { } environment and not ("dev" or "test"))
            throw new NotAllowedException(
                $"reset-history is for dev and test only, and this is {environment}; nothing was changed",
                "Say which migrations the database has: baseline VERSION records all up to one, repair --applied VERSION and repair --not-applied VERSION a single one; validate --deep finds what is missing.");
    }

    private async Task<HistoryPlan> RefuseAsync(Reading reading)
    {
        if (!reading.Plan.Problems.IsEmpty)
            await RunLog.RefusedAsync(connection, reading.History, options, target.Action, reading.Plan.Problems).ConfigureAwait(false);
        return reading.Plan;
    }

    private async Task<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
        var snapshot = await history.ReadAsync(cancellationToken).ConfigureAwait(false);
        var edited = target.Version is null ? HistoryPlanner.FindEdited(scripts, snapshot).Select(script => script.Version.ToString()) : [];
        var stored = await history.ReadStoredAsync(edited, cancellationToken).ConfigureAwait(false);
        return new Reading(history, HistoryPlanner.Plan(target, scripts, snapshot, stored));
    }

    private async Task WriteAsync(MigrationLock held, Reading reading, string reason)
    {
        var writer = new HistoryWriter(held.Schema, held.Proof, ServerText.Of(connection));
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, CancellationToken.None).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            foreach (var changes in reading.Plan.Changes.Chunk(100))
            {
                var batch = new NpgsqlBatch(connection, transaction);
                await using (batch.ConfigureAwait(false))
                {
                    foreach (var change in changes)
                    {
                        var by = RunLog.Entry(options, target.Action, change.Version, "done") with { Reason = reason };
                        batch.BatchCommands.Add(change.Script is { } script ? writer.Recorded(script, by) : writer.Removed(change.Version, by));
                    }

                    await batch.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
                }
            }

            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await Durability.FlushAsync(connection, CancellationToken.None).ConfigureAwait(false);
    }

    private sealed record Reading(HistoryTable History, HistoryPlan Plan)
    {
        public bool IsRunnable => Plan.Problems.IsEmpty && Plan.Changes.Length > 0;
    }
}
