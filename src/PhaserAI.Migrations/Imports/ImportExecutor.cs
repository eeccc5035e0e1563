using System.Data;
using System.Globalization;
using Npgsql;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;

namespace PhaserAI.Migrations.Imports;

/// <summary>
/// Takes over another tool's history. A kill at any moment loses nothing: before the commit there are only files that no run reads;
/// after it the history is complete, and the next import writes the files that lack.
/// </summary>
internal sealed class ImportExecutor(NpgsqlConnection connection, ScriptSet scripts, ImportOptions import, MigrationOptions options)
{
    private const string Action = "import";

    private readonly ImportFolder _folder = new(options.Directory, options.DirectoryLabel ?? options.Directory);

    public async Task<ImportPlan> PlanAsync(CancellationToken cancellationToken) => (await ReadAsync(cancellationToken).ConfigureAwait(false)).Plan;

    /// <param name="reason">Why, in somebody's words.</param>
    /// <param name="approve">Called before anything is locked, and again when another run has changed the plan meanwhile.</param>
    /// <param name="cancellationToken">Gives up before anything is written.</param>
    public async Task<ImportPlan> RunAsync(
        string reason, Func<ImportPlan, CancellationToken, Task<string?>>? approve, CancellationToken cancellationToken)
    {
        var reading = await ReadAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await RunAsync(reading, reason, approve, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception refusal)
        {
            await RunLog.RefusedAsync(connection, reading.History, options, Action, refusal).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<ImportPlan> RunAsync(
        Reading reading, string reason, Func<ImportPlan, CancellationToken, Task<string?>>? approve, CancellationToken cancellationToken)
    {
        if (!reading.IsRunnable)
            return await RefuseAsync(reading).ConfigureAwait(false);
        var approval = approve is null ? null : await approve(reading.Plan, cancellationToken).ConfigureAwait(false);
        var approved = reading.Plan;
        var held = await MigrationLock.AcquireAsync(connection, reading.History, options, null, cancellationToken).ConfigureAwait(false);
        try
        {
            reading = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (!reading.IsRunnable)
                return await RefuseAsync(reading).ConfigureAwait(false);
            if (held.Schema != reading.History.Schema || !IsSame(reading.Plan, approved))
            {
                throw new HistoryUnusableException(
                    "the history has changed since the plan was made; nothing was changed", "Run import again, and look at the new plan.");
            }

            var files = new ImportFiles(options.Directory, reading.Plan.Migrations.Where(migration => migration.IsWritten).Select(migration => migration.Script!));
            files.Stage();
            try
            {
                await WriteAsync(held, reading, approval is null ? reason : $"{reason} ({approval})").ConfigureAwait(false);
            }
            catch
            {
                files.Discard();
                throw;
            }

            files.Publish();
            ImportFiles.Remove(reading.Plan.RemovedPaths);
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new HistoryUnusableException(
                $"user {connection.UserName} may not write the history in schema {reading.History.Schema}: {refused.MessageText}; nothing was changed",
                reading.Plan.RenamedTo is null
                    ? "Let its owner grant SELECT, INSERT, UPDATE and DELETE on schema_migrations and the tables beside it, and run import again."
                    : $"Run import as the owner of {reading.Plan.Table}; or set DB_HISTORY_SCHEMA to a schema of its own for this tool's history, then {reading.Plan.Table} stays as it is.",
                refused);
        }
        catch (PostgresException locked) when (locked.SqlState is PostgresErrorCodes.LockNotAvailable)
        {
            throw new HistoryUnusableException(
                $"somebody uses {reading.Plan.Table} right now, so it can't be renamed; nothing was changed", "Wait until the other tool is done, and run import again.", locked);
        }
        catch (PostgresException refused) when (refused.SqlState is HistoryWriter.NotWritten)
        {
            throw new HistoryUnusableException(
                $"a row of {reading.History.Schema}.schema_migrations was not written: a trigger or a rule keeps it out; nothing was changed",
                "Drop that trigger or rule, and run import again.",
                refused);
        }
        catch (PostgresException refused) when (refused.SqlState is HistoryWriter.LockLost)
        {
            throw new ConnectionFailedException(
                "the connection that kept the lock was lost; nothing was changed", "Run import again once the server answers.", refused);
        }
        finally
        {
            await held.DisposeAsync().ConfigureAwait(false);
        }

        return reading.Plan;
    }

    private async Task<ImportPlan> RefuseAsync(Reading reading)
    {
        if (!reading.Plan.Problems.IsEmpty)
            await RunLog.RefusedAsync(connection, reading.History, options, Action, reading.Plan.Problems).ConfigureAwait(false);
        return reading.Plan;
    }

    private async Task<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
        var foreign = await ForeignTable.FindAsync(connection, history, import, cancellationToken).ConfigureAwait(false);
        var snapshot = foreign is { IsInTheWay: true } ? HistorySnapshot.Empty : await history.ReadAsync(cancellationToken).ConfigureAwait(false);
        var plan = new ImportPlanner(import, _folder, scripts, snapshot).Plan(foreign, ForeignFolder.List(import));
        return new Reading(history, foreign, plan);
    }

    private async Task WriteAsync(MigrationLock held, Reading reading, string reason)
    {
        var (history, foreign) = (reading.History, reading.Foreign!);
        if (!foreign.IsInTheWay)
            await history.EnsureAsync(CancellationToken.None).ConfigureAwait(false);
        var writer = new HistoryWriter(held.Schema, held.Proof, ServerText.Of(connection));
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, CancellationToken.None).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            if (foreign.IsInTheWay)
                await RunAsync(MakeRoom(foreign, history, held.Schema), transaction).ConfigureAwait(false);
            var now = foreign.IsInTheWay ? foreign with { Table = ForeignHistory.Renamed } : foreign;
            if (!foreign.Rows.SequenceEqual(await ForeignTable.ReadAgainAsync(connection, now, import.Tool, CancellationToken.None).ConfigureAwait(false)))
            {
                throw new HistoryUnusableException(
                    $"{ForeignFolder.NameOf(import.Tool)} has written to {foreign} meanwhile; nothing was changed", "Wait until it is done, and run import again.");
            }

            foreach (var migrations in reading.Plan.Migrations.Where(migration => migration.IsRecorded).Chunk(100))
            {
                await RunAsync(
                    migrations.Select(migration => writer.Imported(migration.Script!, migration.AppliedAt, migration.ElapsedMs, By(migration, reason))),
                    transaction).ConfigureAwait(false);
            }

            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await Durability.FlushAsync(connection, CancellationToken.None).ConfigureAwait(false);
    }

    private LogEntry By(ImportedMigration migration, string reason) =>
        RunLog.Entry(options, Action, migration.Version, "done") with { Reason = $"{ForeignFolder.NameOf(import.Tool)} {migration.Source}: {reason}" };

    /// <summary>
    /// dbmate's table has the name of the one here. Left in its place, it would have to change so that dbmate no longer knows its
    /// own versions, and would run them all once more; so it makes room, and the new table refuses the rows that dbmate
    /// would write: a run of it is rolled back.
    /// </summary>
    private IEnumerable<NpgsqlBatchCommand> MakeRoom(ForeignHistory foreign, HistoryTable history, string schema)
    {
        yield return new NpgsqlBatchCommand(string.Create(CultureInfo.InvariantCulture, $"set local lock_timeout = {(long)options.LockTimeout.TotalMilliseconds}"));
        yield return new NpgsqlBatchCommand($"alter table {foreign.QuotedName} rename to {ForeignHistory.Renamed}");
        if (foreign.PrimaryKey is "schema_migrations_pkey")
            yield return new NpgsqlBatchCommand($"alter table {HistorySchema.Quote(foreign.Schema)}.{ForeignHistory.Renamed} rename constraint schema_migrations_pkey to {ForeignHistory.Renamed}_pkey");
        foreach (var sql in history.MissingTables(hasHistory: false))
            yield return new NpgsqlBatchCommand(sql);
        yield return new NpgsqlBatchCommand($"alter table {HistorySchema.Name(schema)} add constraint schema_migrations_not_of_dbmate check (version ~ '^[0-9]{{8}}_[0-9]{{6}}$')");
    }

    private async Task RunAsync(IEnumerable<NpgsqlBatchCommand> commands, NpgsqlTransaction transaction)
    {
        var batch = new NpgsqlBatch(connection, transaction);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var command in commands)
                batch.BatchCommands.Add(command);
            await batch.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Whether two plans write the same; their scripts are not compared.</summary>
    private static bool IsSame(ImportPlan plan, ImportPlan approved) =>
        plan.RenamedTo == approved.RenamedTo
        && plan.RemovedFiles.SequenceEqual(approved.RemovedFiles)
        && plan.Migrations.Select(migration => migration with { Script = null }).SequenceEqual(approved.Migrations.Select(migration => migration with { Script = null }));

    private sealed record Reading(HistoryTable History, ForeignHistory? Foreign, ImportPlan Plan)
    {
        public bool IsRunnable => Plan.Problems.IsEmpty && !Plan.IsDone;
    }
}
