using System.Diagnostics;
using System.Diagnostics.Metrics;
using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Spans and measurements of a run for OpenTelemetry, made from its events and its report. It is put between the run and who
/// is told of it, and only when somebody listens: else a run has nothing of it.
/// </summary>
internal sealed class RunTelemetry : IProgress<MigrationEvent>
{
    private static readonly ActivitySource Source = new(MigrationTelemetry.Name);
    private static readonly Meter Meter = new(MigrationTelemetry.Name);

    // From a statement on an empty table to an index on a large one.
    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600] };

    private static readonly Histogram<double> RunDuration = Meter.CreateHistogram("migration.run.duration", "s", "What a run took, from connecting to its report.", null, Seconds);
    private static readonly Histogram<double> Duration = Meter.CreateHistogram("migration.duration", "s", "What a migration took on the server.", null, Seconds);
    private static readonly Histogram<double> LockWait = Meter.CreateHistogram("migration.lock.wait.duration", "s", "How long a run waited for another one, or a statement for other sessions.", null, Seconds);
    private static readonly Counter<long> Retries = Meter.CreateCounter<long>("migration.retries", "{retry}", "Transactions that lost against other sessions and were run again.");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("migration.failures", "{run}", "Runs that did not do all that they were to do.");

    private readonly TimeProvider _clock;
    private readonly IProgress<MigrationEvent>? _next;
    private readonly TagList _tags;
    private readonly Activity? _run;
    private readonly string _name;
    private readonly long _startedAt;
    private Activity? _migration;
    private long _migrationStartedAt;

    private RunTelemetry(MigrationOptions options, MigrationDirection direction, IProgress<MigrationEvent>? next)
    {
        (_clock, _next, _tags) = (options.TimeProvider, next, TelemetryTags.Of(options, direction));
        _startedAt = _clock.GetTimestamp();
        _name = direction is MigrationDirection.Up ? "up" : "down";
        _run = Source.StartActivity($"migrations {_name}", ActivityKind.Internal, parentContext: default, _tags);
    }

    /// <summary>Whether anybody listens.</summary>
    public static bool IsWanted =>
        Source.HasListeners() || RunDuration.Enabled || Duration.Enabled || LockWait.Enabled || Retries.Enabled || Failures.Enabled;

    /// <summary>Watches one run.</summary>
    /// <param name="options">The run's.</param>
    /// <param name="direction">Up or down.</param>
    /// <param name="progress">Who is told of events.</param>
    /// <param name="run">Runs it, and tells its events to what it is given.</param>
    public static async Task<MigrationReport> RunAsync(
        MigrationOptions options, MigrationDirection direction, IProgress<MigrationEvent>? progress, Func<IProgress<MigrationEvent>, Task<MigrationReport>> run)
    {
        var telemetry = new RunTelemetry(options, direction, progress);
        try
        {
            var report = await run(telemetry).ConfigureAwait(false);
            telemetry.End(report);
            return report;
        }
        catch (Exception failure)
        {
            var (outcome, error) = TelemetryTags.Of(failure);
            telemetry.End(outcome, error, failure.Message);
            throw;
        }
    }

    public void Report(MigrationEvent value)
    {
        switch (value)
        {
            case MigrationStarted started:
                Start(started);
                break;
            case MigrationFinished finished:
                Duration.Record(finished.Duration.TotalSeconds, With(TelemetryTags.Outcome, "done"));
                EndMigration("done", null, null);
                break;
            case MigrationRetried retried:
                Retries.Add(1, With(TelemetryTags.ErrorType, retried.SqlState));
                _migration?.AddEvent(new ActivityEvent("retry", tags: new ActivityTagsCollection { [TelemetryTags.ErrorType] = retried.SqlState }));
                break;
            case LockAcquired acquired:
                LockWait.Record(acquired.Waited.TotalSeconds, With(TelemetryTags.Lock, "run"));
                break;
            case StatementUnblocked unblocked:
                LockWait.Record(unblocked.Waited.TotalSeconds, With(TelemetryTags.Lock, "table"));
                break;
        }

        _next?.Report(value);
    }

    /// <summary>
    /// It is the child of the run, but not what is current: migrations are sent several at a time, so what the driver does belongs
    /// to the run.
    /// </summary>
    private void Start(MigrationStarted started)
    {
        _migrationStartedAt = _clock.GetTimestamp();
        if (_run is null)
            return;
        var current = Activity.Current;
        _migration = Source.StartActivity($"migration {_name}", ActivityKind.Internal, _run.Context, With(TelemetryTags.Version, started.Version));
        Activity.Current = current;
    }

    private void EndMigration(string outcome, string? error, string? message)
    {
        if (_migration is null)
            return;
        var current = Activity.Current;
        End(_migration, outcome, error, message);
        Activity.Current = current;
        _migration = null;
    }

    private void End(MigrationReport report)
    {
        if (report.Failure is { } failure)
        {
            var (outcome, error) = TelemetryTags.Of(failure);
            var tags = With(TelemetryTags.Outcome, outcome);
            tags.Add(TelemetryTags.ErrorType, error);
            Duration.Record(_clock.GetElapsedTime(_migrationStartedAt).TotalSeconds, tags);
            EndMigration(outcome, error, failure.Message);
        }

        EndMigration("done", null, null); // a COMMIT whose answer was lost
        _run?.SetTag(TelemetryTags.Count, report.Finished.Length);
        var (of, why) = TelemetryTags.Of(report);
        End(of, why, report.Failure?.Message ?? (report.Plan.Problems is [var problem, ..] ? problem.Message : null));
    }

    private void End(string outcome, string? error, string? message)
    {
        var tags = With(TelemetryTags.Outcome, outcome);
        if (error is not null)
            tags.Add(TelemetryTags.ErrorType, error);
        RunDuration.Record(_clock.GetElapsedTime(_startedAt).TotalSeconds, tags);
        if (error is not null)
            Failures.Add(1, tags);
        EndMigration(outcome, error, message);
        if (_run is not null)
            End(_run, outcome, error, message);
    }

    private static void End(Activity activity, string outcome, string? error, string? message)
    {
        activity.SetTag(TelemetryTags.Outcome, outcome);
        if (error is not null)
        {
            activity.SetTag(TelemetryTags.ErrorType, error);
            if (error.Length == PostgresErrorCodes.UndefinedTable.Length) // an SQLSTATE
                activity.SetTag(TelemetryTags.ResponseStatusCode, error);
            activity.SetStatus(ActivityStatusCode.Error, message);
        }

        activity.Stop();
    }

    private TagList With(string name, string value)
    {
        var tags = _tags; // a copy, as it is a struct
        tags.Add(name, value);
        return tags;
    }
}
