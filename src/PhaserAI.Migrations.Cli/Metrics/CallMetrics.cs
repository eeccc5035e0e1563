using Npgsql;
using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli.Metrics;

/// <summary>
/// The metrics of one call: gathered from its events and its result, written at its end, and while a run goes on each minute how
/// long it has. What can't be sent is a warning; it neither fails nor delays a migration.
/// </summary>
internal sealed class CallMetrics : IProgress<MigrationEvent>, IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMinutes(1);

    private readonly IMetricSink _sink;
    private readonly Measured _what;
    private readonly TimeProvider _clock;
    private readonly IReporter _reporter;
    private readonly CancellationTokenSource _end = new();
    private readonly long _startedAt;
    private readonly ITimer? _timer;
    private Exception? _unsent;

    private TimeSpan _executed;
    private TimeSpan _waited;
    private long? _migrationAt;
    private BackupMade? _backup;
    private MigrationReport? _report;
    private int? _pending;

    public CallMetrics(IMetricSink sink, Measured what, TimeProvider clock, IReporter reporter)
    {
        (_sink, _what, _clock, _reporter) = (sink, what, clock, reporter);
        _startedAt = clock.GetTimestamp();
        _timer = what is Measured.Run ? clock.CreateTimer(_ => SendBeat(), null, Beat, Beat) : null;
    }

    /// <summary>The minute that was sent last: ends when it has arrived, or was given up.</summary>
    public Task Beating { get; private set; } = Task.CompletedTask;

    public void Add(MigrationStatus status) => _pending = status.NotApplied;

    public void Add(MigrationPlan plan) => _pending = plan.Pending;

    public void Add(MigrationReport report) => (_report, _pending) = (report, report.Status?.NotApplied);

    /// <summary>Events come one at a time.</summary>
    public void Report(MigrationEvent value)
    {
        Gather(value);
        _reporter.Report(value);
    }

    /// <summary>Writes what there is to say; throws nothing.</summary>
    /// <param name="failure">What ended the call before it had a result; null when it has one.</param>
    public async Task FinishAsync(Exception? failure)
    {
        if (_timer is not null)
            await _timer.DisposeAsync();
        await _end.CancelAsync();
        await Beating;
        List<Metric> metrics =
        [
            .. _what switch
            {
                Measured.Run => OfRun(failure),
                Measured.Backup => OfBackup(failure is not null),
                _ => [],
            },
        ];
        var isDisconnected = IsConnectionError(failure) || _report is { Failure.ConnectionLost: true };
        if (_what is Measured.Run || isDisconnected)
            metrics.Add(Of(KnownMetrics.ConnectionErrors, isDisconnected));
        if (_pending is { } pending)
            metrics.Add(Of(KnownMetrics.Pending, pending));
        if (metrics.Count > 0)
            await TrySendAsync(metrics, CancellationToken.None);
        if (_unsent is not null)
            _reporter.Note($"warning: metrics were not sent: {_unsent.Message}{(_unsent is AwsAccessException { Next: var next } ? $". {next}" : "")}");
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _sink.Dispose();
        _end.Dispose();
    }

    private void Gather(MigrationEvent value)
    {
        switch (value)
        {
            case MigrationStarted:
                _migrationAt = _clock.GetTimestamp();
                break;
            case MigrationFinished finished:
                _executed += finished.Duration;
                _migrationAt = null;
                break;
            case LockAcquired acquired:
                _waited += acquired.Waited;
                break;
            case StatementUnblocked unblocked:
                _waited += unblocked.Waited;
                break;
            case MigrationRetried retried:
                _waited += retried.Delay;
                break;
            case BackupMade made:
                _backup = made;
                break;
        }
    }

    private IEnumerable<Metric> OfRun(Exception? failure)
    {
        if (failure is LockNotAcquiredException locked)
            _waited += locked.Waited;
        if (_report is { Failure: not null } && _migrationAt is { } failedAt)
            _executed += _clock.GetElapsedTime(failedAt);
        var hasFailed = failure is not (null or RefusedException) || _report is { Succeeded: false, Pause: null };
        yield return Of(KnownMetrics.ExecutionTime, _executed.TotalMilliseconds);
        yield return Of(KnownMetrics.Success, failure is null && !hasFailed && _report?.Pause is null);
        yield return Of(KnownMetrics.Failure, hasFailed);
        yield return Of(KnownMetrics.LockWait, _waited.TotalMilliseconds);
        foreach (var metric in OfBackup(failure is BackupFailedException))
            yield return metric;
        yield return RunSeconds();
    }

    private IEnumerable<Metric> OfBackup(bool hasFailed)
    {
        if (_backup is null && !hasFailed)
            yield break;
        yield return Of(KnownMetrics.BackupFailure, hasFailed);
        if (_backup is null)
            yield break;
        yield return Of(KnownMetrics.BackupDuration, _backup.Elapsed.TotalMilliseconds);
        yield return Of(KnownMetrics.BackupBytes, _backup.Bytes);
    }

    private Metric RunSeconds() => Of(KnownMetrics.RunSeconds, _clock.GetElapsedTime(_startedAt).TotalSeconds);

    /// <summary>Not while the last one is still on its way.</summary>
    private void SendBeat()
    {
        if (Beating.IsCompleted)
            Beating = TrySendAsync([RunSeconds()], _end.Token);
    }

    private async Task TrySendAsync(List<Metric> metrics, CancellationToken cancellationToken)
    {
        try
        {
            await _sink.WriteAsync(metrics, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over, and what it says at its end is newer.
        }
        catch (Exception unsent)
        {
            _unsent ??= unsent;
        }
    }

    private static bool IsConnectionError(Exception? failure) => failure switch
    {
        ConnectionFailedException or DevServerException => true,
        PostgresException refused => refused.SqlState is ['5', '7', 'P', ..] or ['0', '8', ..],
        _ => failure is NpgsqlException,
    };

    private static Metric Of(MetricKind kind, double value) => new(kind.Name, kind.Unit, value);

    private static Metric Of(MetricKind kind, bool isTrue) => Of(kind, isTrue ? 1 : 0);
}
