using System.Data;
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
    public Task<MigrationReport> UpAsync(MigrationVersion? target = null, CancellationToken cancellationToken = default) => RunTelemetry.IsWanted
        ? RunTelemetry.RunAsync(options, MigrationDirection.Up, progress, watched => new Migrator(options, watched).RunUpAsync(target, cancellationToken))
        : RunUpAsync(target, cancellationToken);

    private Task<MigrationReport> RunUpAsync(MigrationVersion? target, CancellationToken cancellationToken) =>
        MigrationConnection.UseAsync(
            options,
            (connection, scripts) => RunAsync(connection, () => ReadUpAsync(connection, scripts, target, cancellationToken), cancellationToken),
            cancellationToken);

    /// <summary>Takes applied migrations back, newest first.</summary>
    /// <exception cref="MigrationException">There is no connection, no lock, no usable history, or no such version.</exception>
    public Task<MigrationReport> DownAsync(DownTarget target, CancellationToken cancellationToken = default) => RunTelemetry.IsWanted
        ? RunTelemetry.RunAsync(options, MigrationDirection.Down, progress, watched => new Migrator(options, watched).RunDownAsync(target, cancellationToken))
        : RunDownAsync(target, cancellationToken);

    private Task<MigrationReport> RunDownAsync(DownTarget target, CancellationToken cancellationToken) =>
        MigrationConnection.UseAsync(
            options,
            (connection, scripts) => RunAsync(connection, () => ReadDownAsync(connection, scripts, target, cancellationToken), cancellationToken),
            cancellationToken);

    /// <summary>What <see cref="UpAsync"/> would do. Writes nothing and takes no lock.</summary>
    /// <exception cref="MigrationException">As for <see cref="UpAsync"/>.</exception>
    public Task<MigrationPlan> PlanUpAsync(MigrationVersion? target = null, CancellationToken cancellationToken = default) =>
        MigrationConnection.UseAsync(
            options,
            async (connection, scripts) => await ShowAsync(connection, await ReadUpAsync(connection, scripts, target, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false),
            cancellationToken);

    /// <summary>What <see cref="DownAsync"/> would do. Writes nothing and takes no lock.</summary>
    /// <exception cref="MigrationException">As for <see cref="DownAsync"/>.</exception>
    public Task<MigrationPlan> PlanDownAsync(DownTarget target, CancellationToken cancellationToken = default) =>
        MigrationConnection.UseAsync(
            options,
            async (connection, scripts) => await ShowAsync(connection, await ReadDownAsync(connection, scripts, target, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false),
            cancellationToken);

    /// <summary>Where every migration stands. Writes nothing and takes no lock: it works on a standby and during a run.</summary>
    /// <exception cref="MigrationException">There is no connection, or the history can't be read.</exception>
    public Task<MigrationStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        MigrationConnection.UseAsync(options, (connection, scripts) => ReadStatusAsync(connection, scripts, cancellationToken), cancellationToken);

    /// <summary>What kept a run from beginning is written to the log: nobody confirmed it, another run held the lock.</summary>
    private async Task<MigrationReport> RunAsync(NpgsqlConnection connection, Func<Task<Reading>> read, CancellationToken cancellationToken)
    {
        var reading = await read().ConfigureAwait(false);
        try
        {
            return await RunAsync(connection, reading, read, cancellationToken).ConfigureAwait(false);
        }
        catch (OutOfTimeException over)
        {
            await RunLog.PausedAsync(connection, reading.History, options, reading.Plan.Direction, over.GoesOn).ConfigureAwait(false);
            return new MigrationReport(reading.Plan.Direction, reading.Plan, [], null) { Pause = new RunPause(over.GoesOn) };
        }
        catch (Exception refusal)
        {
            await RunLog.RefusedAsync(connection, reading.History, options, RunLog.ActionOf(reading.Plan.Direction), refusal).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<MigrationReport> RunAsync(
        NpgsqlConnection connection, Reading reading, Func<Task<Reading>> read, CancellationToken cancellationToken)
    {
        if (!reading.IsRunnable)
            return await NothingRunAsync(connection, reading).ConfigureAwait(false);

        using var deadline = new RunDeadline(options, cancellationToken);
        var (approval, approved) = await ApproveAsync(connection, reading, cancellationToken).ConfigureAwait(false);
        var held = await MigrationLock.AcquireAsync(connection, reading.History, options, progress, cancellationToken).ConfigureAwait(false);
        try
        {
            reading = await read().ConfigureAwait(false);
            // What another run did meanwhile may have moved the history to another schema, which has another lock.
            while (held.Schema != reading.History.Schema)
            {
                await held.DisposeAsync().ConfigureAwait(false);
                held = await MigrationLock.AcquireAsync(connection, reading.History, options, progress, cancellationToken).ConfigureAwait(false);
                reading = await read().ConfigureAwait(false);
            }

            if (!reading.IsRunnable)
                return await NothingRunAsync(connection, reading).ConfigureAwait(false);
            if (!reading.Plan.Versions.SequenceEqual(approved.Versions, StringComparer.Ordinal))
                (approval, approved) = await ApproveAsync(connection, reading, cancellationToken).ConfigureAwait(false);

            var backup = options.BackUp is { } backUp
                ? await RunLog.FindPausedBackupAsync(connection, reading.History, cancellationToken).ConfigureAwait(false) ?? await backUp(reading.Plan, cancellationToken).ConfigureAwait(false)
                : null;
            await reading.History.EnsureAsync(cancellationToken).ConfigureAwait(false);
            var report = await ExecuteAsync(connection, held, reading, WithBackup(reading.History, approval, backup) with { Destroys = approved.Destroys }, deadline).ConfigureAwait(false);
            return report with
            {
                Backup = backup,
                Status = await ReadStatusAfterAsync(connection, reading.Scripts, reading.History.Schema).ConfigureAwait(false),
            };
        }
        finally
        {
            await held.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<MigrationReport> ExecuteAsync(
        NpgsqlConnection connection, MigrationLock held, Reading reading, MigrationOptions approved, RunDeadline deadline)
    {
        var ordered = progress is null ? null : new SerialProgress(progress);
        var watch = new BlockerWatch(connection, held, options, ordered);
        await using (watch.ConfigureAwait(false))
        {
            var executor = new PlanExecutor(connection, held, reading.History, reading.Plan, approved, watch, ordered);
            return await executor.RunAsync(deadline).ConfigureAwait(false);
        }
    }

    /// <summary>The report of a run is worth more than the status: a history that can't be read now takes nothing from it.</summary>
    private static async Task<MigrationStatus?> ReadStatusAfterAsync(NpgsqlConnection connection, ScriptSet scripts, string schema)
    {
        if (connection.FullState is not ConnectionState.Open)
            return null;
        try
        {
            var history = await HistoryTable.LocateAsync(connection, schema, CancellationToken.None).ConfigureAwait(false);
            return StatusReader.Read(history.Database, scripts, await history.ReadAsync(CancellationToken.None).ConfigureAwait(false));
        }
        catch (Exception unreadable) when (unreadable is NpgsqlException or MigrationException)
        {
            return null;
        }
    }

    private MigrationOptions WithBackup(HistoryTable history, string? approval, string? backup) => backup is null || history.LogHasBackup
        ? options with { ApprovedBy = approval, BackedUpTo = backup }
        : options with { ApprovedBy = approval is null ? $"backup: {backup}" : $"{approval}; backup: {backup}" };

    private async Task<(string? Approval, MigrationPlan Approved)> ApproveAsync(NpgsqlConnection connection, Reading reading, CancellationToken cancellationToken)
    {
        if (options.Approve is not { } approve)
            return (null, reading.Plan);
        var plan = await CountLossAsync(connection, reading, cancellationToken).ConfigureAwait(false);
        return (await approve(plan, cancellationToken).ConfigureAwait(false), plan);
    }

    private async Task<MigrationPlan> ShowAsync(NpgsqlConnection connection, Reading reading, CancellationToken cancellationToken) =>
        await CountLossAsync(connection, reading, cancellationToken).ConfigureAwait(false) with
        {
            Pending = StatusReader.Read(reading.History.Database, reading.Scripts, reading.Snapshot).NotApplied,
        };

    private Task<MigrationPlan> CountLossAsync(NpgsqlConnection connection, Reading reading, CancellationToken cancellationToken) =>
        reading.IsRunnable ? DataLossCount.OfAsync(connection, reading.Plan, options.TimeProvider, cancellationToken) : Task.FromResult(reading.Plan);

    private async Task<Reading> ReadUpAsync(
        NpgsqlConnection connection, Task<ScriptSet> loading, MigrationVersion? target, CancellationToken cancellationToken)
    {
        var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
        var snapshot = await history.ReadAsync(cancellationToken).ConfigureAwait(false);
        var scripts = await loading.ConfigureAwait(false);
        KnownVersions.Require(target, scripts, snapshot);
        return Reading.Of(history, scripts, snapshot, MigrationPlanner.PlanUp(scripts, snapshot, target, options.Drift));
    }

    private async Task<Reading> ReadDownAsync(
        NpgsqlConnection connection, Task<ScriptSet> loading, DownTarget target, CancellationToken cancellationToken)
    {
        var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
        var snapshot = await history.ReadAsync(cancellationToken).ConfigureAwait(false);
        var scripts = await loading.ConfigureAwait(false);
        KnownVersions.Require(target.Keep, scripts, snapshot);
        var versions = target.Only is { } only ? [only] : MigrationPlanner.SelectDown(snapshot, target.Keep, target.IsAll);
        var gone = versions.Where(version => scripts.Find(version) is null);
        var stored = await history.ReadStoredAsync(gone, cancellationToken).ConfigureAwait(false);
        return Reading.Of(history, scripts, snapshot, MigrationPlanner.PlanDown(scripts, snapshot, versions, stored));
    }

    private async Task<MigrationStatus> ReadStatusAsync(NpgsqlConnection connection, Task<ScriptSet> loading, CancellationToken cancellationToken)
    {
        var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
        var snapshot = await history.ReadAsync(cancellationToken).ConfigureAwait(false);
        return StatusReader.Read(history.Database, await loading.ConfigureAwait(false), snapshot);
    }

    private async Task<MigrationReport> NothingRunAsync(NpgsqlConnection connection, Reading reading)
    {
        if (!reading.Plan.Problems.IsEmpty)
            await RunLog.RefusedAsync(connection, reading.History, options, RunLog.ActionOf(reading.Plan.Direction), reading.Plan.Problems).ConfigureAwait(false);
        return new MigrationReport(reading.Plan.Direction, reading.Plan, [], null)
        {
            Status = StatusReader.Read(reading.History.Database, reading.Scripts, reading.Snapshot),
        };
    }

    /// <summary>What the database and the folder say, and what follows from it.</summary>
    private sealed record Reading(HistoryTable History, ScriptSet Scripts, HistorySnapshot Snapshot, MigrationPlan Plan)
    {
        public static Reading Of(HistoryTable history, ScriptSet scripts, HistorySnapshot snapshot, MigrationPlan plan) =>
            new(history, scripts, snapshot, history.IsPooled ? PooledSession.Check(plan, history.ServerAddress) : plan);

        public bool IsRunnable => Plan.Problems.IsEmpty && Plan.Migrations.Length > 0;
    }
}
