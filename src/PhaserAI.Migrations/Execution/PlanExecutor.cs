using System.Collections.Immutable;
using System.Data;
using Npgsql;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Execution;

/// <summary>Runs a plan in order: ordinary migrations through the pipeline, the others step by step.</summary>
internal sealed class PlanExecutor
{
    private readonly NpgsqlConnection _connection;
    private readonly HistoryTable _history;
    private readonly MigrationLock _lock;
    private readonly MigrationPlan _plan;
    private readonly MigrationOptions _options;
    private readonly IProgress<MigrationEvent>? _progress;
    private readonly BlockerWatch _watch;
    private readonly Pipeline _pipeline;
    private readonly StepExecutor _steps;
    private readonly ImmutableArray<MigrationFinished>.Builder _finished;
    private int _started;
    private int _first;
    private int _sent;
    private int _reach;
    private long _startedAt;

    public PlanExecutor(
        NpgsqlConnection connection, MigrationLock held, HistoryTable history, MigrationPlan plan, MigrationOptions options, BlockerWatch watch, IProgress<MigrationEvent>? progress)
    {
        (_connection, _lock, _history, _plan, _options, _watch, _progress) = (connection, held, history, plan, options, watch, progress);
        var frame = new TransactionFrame(connection, held, plan.Direction, options);
        _pipeline = new Pipeline(connection, frame, options);
        _steps = new StepExecutor(connection, frame, watch, options, progress);
        _finished = ImmutableArray.CreateBuilder<MigrationFinished>(plan.Migrations.Length);
        connection.Notice += (_, notice) => Report(notice.Notice);
    }

    private PlannedMigration Next => _plan.Migrations[_finished.Count];

    /// <summary>Runs it; a failure is in the report. What is reported as done is on disk.</summary>
    public async Task<MigrationReport> RunAsync(RunDeadline deadline)
    {
        try
        {
            while (_finished.Count < _plan.Migrations.Length)
            {
                _options.RequireTime();
                Start();
                var count = _options.Meter is null ? _pipeline.Take(_plan.Migrations, _finished.Count) : 0;
                _reach = _finished.Count + Math.Max(1, count);
                await _lock.RequireAsync(deadline.Cut).ConfigureAwait(false);
                var failed = count > 0 ? await SendAsync(count, deadline.Cut).ConfigureAwait(false) : null;
                if (count == 0 || failed is not null)
                    Finish(await _steps.RunAsync(Next, failed is not null && LockRetry.IsTransient(failed) ? failed : null, deadline).ConfigureAwait(false));
            }

            await Durability.FlushAsync(_connection, CancellationToken.None).ConfigureAwait(false);
            return new MigrationReport(_plan.Direction, _plan, _finished.ToImmutable(), null);
        }
        catch (OutOfTimeException over)
        {
            return await PauseAsync(over.GoesOn).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is StatementFailedException or IndexNotBuiltException or CopyFailedException or LockLostException or OperationCanceledException or NpgsqlException
            || (failure is InvalidOperationException && _connection.FullState is not ConnectionState.Open))
        {
            if (deadline.HasLeft)
                return await PauseAsync($"the server still runs step {_steps.FinishedSteps + 1} of {Next.Version}").ConfigureAwait(false);
            return failure is OperationCanceledException && deadline.IsOver && MayFitNextTime(deadline)
                ? await PauseAsync(null).ConfigureAwait(false)
                : await ReportAsync(failure, deadline).ConfigureAwait(false);
        }
    }

    /// <summary>Sends some migrations together; the failure of one that is to be run again, alone.</summary>
    private async Task<StatementFailedException?> SendAsync(int count, CancellationToken cancellationToken)
    {
        (_first, _sent) = (_finished.Count, count);
        try
        {
            await _watch.RunAsync(() => _pipeline.SendAsync(_plan.Migrations.AsMemory().Slice(_first, count), Advance, cancellationToken)).ConfigureAwait(false);
            return null;
        }
        catch (StatementFailedException failure) when (LockRetry.IsTransient(failure) || Pipeline.HasLostRecord(failure))
        {
            await Rollback.RunAsync(_connection).ConfigureAwait(false);
            return failure;
        }
        finally
        {
            Advance();
            _sent = 0;
        }
    }

    /// <summary>Reports what has been committed since the last time.</summary>
    private void Advance()
    {
        _watch.Advanced();
        if (_sent == 0)
            return;
        while (_finished.Count - _first < _pipeline.Committed.Count)
        {
            Finish(_pipeline.Committed.DurationOf(_finished.Count - _first));
            if (_finished.Count < _first + _sent)
                Start();
        }
    }

    private void Report(PostgresNotice notice)
    {
        if (notice.SqlState == PostgresErrorCodes.NoActiveSqlTransaction)
            return; // the runner's own ROLLBACK came after the transaction's end
        Advance(); // whose notice it is
        _progress?.Report(new NoticeReceived(notice.Severity, notice.MessageText));
    }

    private void Start()
    {
        if (_started > _finished.Count)
            return;
        _started++;
        _startedAt = _options.TimeProvider.GetTimestamp();
        _progress?.Report(new MigrationStarted(Next.Version, Next.FileName, _plan.Direction, _started, _plan.Migrations.Length));
    }

    private void Finish(TimeSpan duration)
    {
        var done = Done(duration);
        _finished.Add(done);
        _progress?.Report(done);
    }

    /// <summary>Whether the migration that was cut off had not all of the run's time: something was done before, or it began late.</summary>
    private bool MayFitNextTime(RunDeadline deadline) => _finished.Count > 0 || _steps.FinishedSteps > Next.FinishedSteps || deadline.IsLate(_startedAt);

    /// <summary>The time is over. What is done is on disk before anybody hears of it; when the connection is given up, another one sees to that.</summary>
    private async Task<MigrationReport> PauseAsync(string? goesOn)
    {
        var finishedSteps = _steps.FinishedSteps;
        if (!await TryFlushAsync().ConfigureAwait(false) && !await Durability.TryFlushElsewhereAsync(_options).ConfigureAwait(false))
            _finished.Clear();
        await _lock.DisposeAsync().ConfigureAwait(false);
        await RunLog.PausedAsync(_connection, _history, _options, _plan.Direction, goesOn).ConfigureAwait(false);
        return new MigrationReport(_plan.Direction, _plan, _finished.ToImmutable(), null) { Pause = new RunPause(goesOn) { FinishedSteps = finishedSteps } };
    }

    /// <summary>A lost connection leaves open what became of the last COMMITs; the history settles it.</summary>
    private async Task<MigrationReport> ReportAsync(Exception failure, RunDeadline deadline)
    {
        var isConnected = await TryFlushAsync().ConfigureAwait(false);
        await _lock.DisposeAsync().ConfigureAwait(false); // what is still going on without a connection can't commit now
        var unconfirmed = 0;
        var settled = isConnected ? null : await Settlement.ReadAsync(_history.Schema, _options, deadline.User).ConfigureAwait(false);
        if (settled is not null)
            Settle(settled);
        else if (!isConnected)
            unconfirmed = _finished.Count; // committed, but perhaps not on disk
        var isAllDone = _finished.Count == _reach && unconfirmed == 0;
        if (isAllDone && _reach == _plan.Migrations.Length)
            return new MigrationReport(_plan.Direction, _plan, _finished.ToImmutable(), null);

        var migration = isAllDone || _finished.Count == _plan.Migrations.Length ? _plan.Migrations[_reach - 1] : Next;
        if (unconfirmed > 0)
            _finished.Clear();
        var finishedSteps = settled is null ? _steps.FinishedSteps : StepsOf(migration, settled);
        var explained = FailureReport.Of(failure, isConnected || (settled is not null && HasClosedItself(failure)), migration, _plan.Direction, finishedSteps);
        if (explained.Cancelled && deadline.IsOver)
            explained = explained with { Cancelled = false, OutOfTime = true, Message = "it was not done when the time of the run was over, and was cancelled" };
        if (settled is not null && explained.ConnectionLost)
            explained = explained with { Committed = isAllDone };
        if (!isAllDone)
            await RunLog.FailedAsync(_connection, _history, _options, _plan.Direction, explained, _options.TimeProvider.GetElapsedTime(_startedAt)).ConfigureAwait(false);
        return new MigrationReport(_plan.Direction, _plan, _finished.ToImmutable(), explained) { Unconfirmed = unconfirmed };
    }

    /// <summary>
    /// What is done stays done, and is on disk before anybody hears of it. A failed migration's finished steps may have left
    /// a role or a search_path that hide the history.
    /// </summary>
    private async Task<bool> TryFlushAsync()
    {
        try
        {
            await Rollback.RunAsync(_connection).ConfigureAwait(false);
            if (_connection.FullState is not ConnectionState.Open)
                return false;
            if (!_lock.IsPooled)
                await SessionReset.RunAsync(_connection, CancellationToken.None).ConfigureAwait(false);
            await Durability.FlushAsync(_connection, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>Npgsql closes the connection after an error of class 53 (disk full, out of memory); the server's answer is known all the same.</summary>
    private static bool HasClosedItself(Exception failure) => failure is StatementFailedException { Refusal.SqlState: ['5', '3', ..] };

    private void Settle(HistorySnapshot settled)
    {
        var entries = settled.Entries.ToDictionary(entry => entry.Version, StringComparer.Ordinal);
        var isUp = _plan.Direction is MigrationDirection.Up;
        var done = _plan.Migrations.Take(_reach)
            .TakeWhile(migration => entries.ContainsKey(migration.Version) == isUp && StepsOf(migration, settled) == 0).Count();
        _finished.Count = Math.Min(_finished.Count, done);
        while (_finished.Count < done)
            _finished.Add(Done(TimeSpan.FromMilliseconds(entries.GetValueOrDefault(Next.Version)?.ExecutionTimeMs ?? 0)));
    }

    private static int StepsOf(PlannedMigration migration, HistorySnapshot history) =>
        history.Checkpoints.Count(checkpoint => checkpoint.Version == migration.Version);

    private MigrationFinished Done(TimeSpan duration) => new(Next.Version, Next.FileName, _plan.Direction, duration);
}
