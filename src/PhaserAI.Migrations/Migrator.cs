using System.Collections.Immutable;
using Npgsql;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations;

/// <summary>
/// Applies migrations and takes them back. Each call opens its own connection and closes it; calls on several machines at
/// once are safe. What happens meanwhile is reported to <paramref name="progress"/> as it happens.
/// </summary>
public sealed class Migrator(MigrationOptions options, IProgress<MigrationEvent>? progress = null)
{
    /// <summary>Applies what is pending, up to and including <paramref name="target"/>, or all of it.</summary>
    /// <exception cref="MigrationException">There is no connection, no lock, no usable history, or no such version.</exception>
    public async Task<MigrationReport> UpAsync(MigrationVersion? target = null, CancellationToken cancellationToken = default)
    {
        var loading = LoadScripts();
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var scripts = await loading.ConfigureAwait(false);
            var (_, plan) = await ReadAndPlanUpAsync(connection, scripts, target, cancellationToken).ConfigureAwait(false);
            if (!IsRunnable(plan))
                return new MigrationReport(MigrationDirection.Up, plan, [], null);

            var history = await LockAsync(connection, cancellationToken).ConfigureAwait(false);
            (history, plan) = await ReadAndPlanUpAsync(connection, scripts, target, cancellationToken).ConfigureAwait(false);
            return await RunAsync(connection, history, plan, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes applied migrations back, newest first.</summary>
    /// <exception cref="MigrationException">There is no connection, no lock, no usable history, or no such version.</exception>
    public async Task<MigrationReport> DownAsync(DownTarget target, CancellationToken cancellationToken = default)
    {
        var loading = LoadScripts();
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var scripts = await loading.ConfigureAwait(false);
            var (_, plan) = await ReadAndPlanDownAsync(connection, scripts, target, cancellationToken).ConfigureAwait(false);
            if (!IsRunnable(plan))
                return new MigrationReport(MigrationDirection.Down, plan, [], null);

            var history = await LockAsync(connection, cancellationToken).ConfigureAwait(false);
            (history, plan) = await ReadAndPlanDownAsync(connection, scripts, target, cancellationToken).ConfigureAwait(false);
            return await RunAsync(connection, history, plan, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What <see cref="UpAsync"/> would do. Writes nothing and takes no lock.</summary>
    /// <exception cref="MigrationException">As for <see cref="UpAsync"/>.</exception>
    public async Task<MigrationPlan> PlanUpAsync(MigrationVersion? target = null, CancellationToken cancellationToken = default)
    {
        var loading = LoadScripts();
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return (await ReadAndPlanUpAsync(connection, await loading.ConfigureAwait(false), target, cancellationToken).ConfigureAwait(false)).Plan;
    }

    /// <summary>What <see cref="DownAsync"/> would do. Writes nothing and takes no lock.</summary>
    /// <exception cref="MigrationException">As for <see cref="DownAsync"/>.</exception>
    public async Task<MigrationPlan> PlanDownAsync(DownTarget target, CancellationToken cancellationToken = default)
    {
        var loading = LoadScripts();
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return (await ReadAndPlanDownAsync(connection, await loading.ConfigureAwait(false), target, cancellationToken).ConfigureAwait(false)).Plan;
    }

    /// <summary>Where every migration stands. Writes nothing and takes no lock: it works on a standby and during a run.</summary>
    /// <exception cref="MigrationException">There is no connection, or the history can't be read.</exception>
    public async Task<MigrationStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        var loading = LoadScripts();
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
            var snapshot = await history.ReadAsync(cancellationToken).ConfigureAwait(false);
            return StatusReader.Read(history.Database, await loading.ConfigureAwait(false), snapshot);
        }
    }

    private Task<ScriptSet> LoadScripts() => Task.Run(() => ScriptSet.Load(options.Directory, options.DirectoryLabel ?? options.Directory), CancellationToken.None);

    private Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        MigrationConnection.OpenAsync(options.ConnectionString, cancellationToken);

    private static bool IsRunnable(MigrationPlan plan) => plan.Problems.IsEmpty && plan.Migrations.Length > 0;

    private async Task<(HistoryTable History, MigrationPlan Plan)> ReadAndPlanUpAsync(
        NpgsqlConnection connection, ScriptSet scripts, MigrationVersion? target, CancellationToken cancellationToken)
    {
        var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
        var snapshot = await history.ReadAsync(cancellationToken).ConfigureAwait(false);
        KnownVersions.Require(target, scripts, snapshot);
        return (history, MigrationPlanner.PlanUp(scripts, snapshot, target, options.Drift));
    }

    private async Task<(HistoryTable History, MigrationPlan Plan)> ReadAndPlanDownAsync(
        NpgsqlConnection connection, ScriptSet scripts, DownTarget target, CancellationToken cancellationToken)
    {
        var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
        var snapshot = await history.ReadAsync(cancellationToken).ConfigureAwait(false);
        KnownVersions.Require(target.Keep, scripts, snapshot);
        var versions = MigrationPlanner.SelectDown(snapshot, target.Keep, target.IsAll);
        var gone = versions.Where(version => scripts.Find(version) is null);
        var stored = await history.ReadStoredAsync(gone, cancellationToken).ConfigureAwait(false);
        return (history, MigrationPlanner.PlanDown(scripts, snapshot, versions, stored));
    }

    private async Task<HistoryTable> LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
        if (history.IsReadOnly)
        {
            throw new ConnectionFailedException(
                $"the server of database {history.Database} is read-only: a standby, or default_transaction_read_only is on",
                "Connect to the writer: set DB_HOST to the primary's endpoint.");
        }

        await MigrationLock.AcquireAsync(connection, history.Schema, options, progress, cancellationToken).ConfigureAwait(false);
        return history;
    }

    private async Task<MigrationReport> RunAsync(
        NpgsqlConnection connection, HistoryTable history, MigrationPlan plan, CancellationToken cancellationToken)
    {
        if (!IsRunnable(plan))
            return new MigrationReport(plan.Direction, plan, [], null);
        await history.EnsureAsync(cancellationToken).ConfigureAwait(false);
        connection.Notice += (_, notice) => progress?.Report(new NoticeReceived(notice.Notice.Severity, notice.Notice.MessageText));

        var executor = new StepExecutor(connection, history, options, progress);
        var finished = ImmutableArray.CreateBuilder<MigrationFinished>(plan.Migrations.Length);
        foreach (var migration in plan.Migrations)
        {
            progress?.Report(new MigrationStarted(
                migration.Version, migration.FileName, plan.Direction, finished.Count + 1, plan.Migrations.Length));
            var started = options.TimeProvider.GetTimestamp();
            try
            {
                await executor.RunAsync(migration, plan.Direction, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is StatementFailedException or OperationCanceledException or NpgsqlException)
            {
                var alive = await Rollback.RunAsync(connection).ConfigureAwait(false);
                return new MigrationReport(plan.Direction, plan, finished.ToImmutable(), Explain(failure, alive, migration, executor.FinishedSteps));
            }

            var done = new MigrationFinished(
                migration.Version, migration.FileName, plan.Direction, options.TimeProvider.GetElapsedTime(started));
            finished.Add(done);
            progress?.Report(done);
        }

        return new MigrationReport(plan.Direction, plan, finished.ToImmutable(), null);

        MigrationFailure Explain(Exception failure, bool connectionAlive, PlannedMigration migration, int finishedSteps) => failure switch
        {
            StatementFailedException refused when connectionAlive => FailureReport.Of(refused, migration, plan.Direction, finishedSteps),
            OperationCanceledException => FailureReport.OfCancel(migration, finishedSteps),
            StatementFailedException refused => FailureReport.OfLostConnection(migration, finishedSteps, refused.Refusal),
            _ => FailureReport.OfLostConnection(migration, finishedSteps, (NpgsqlException)failure),
        };
    }
}
