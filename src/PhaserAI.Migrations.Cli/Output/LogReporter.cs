using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Doctor;
using PhaserAI.Migrations.Cli.Output.Json;
using PhaserAI.Migrations.Cli.Settings;
using PhaserAI.Migrations.Imports;
using PhaserAI.Migrations.Rehearsals;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>
/// <c>--log-format json</c>: each event is a line of JSON on the standard error, for what collects logs. Results go to the
/// standard output as ever, through another reporter.
/// </summary>
internal sealed class LogReporter(TextWriter log, TimeProvider clock, LogLine template, IReporter results) : IReporter
{
    private static readonly LogContext Context = new(new JsonSerializerOptions(LogContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private static readonly TimeSpan BetweenProgress = TimeSpan.FromSeconds(10);

    private readonly long _startedAt = clock.GetTimestamp();
    private TimeSpan _nextProgress = BetweenProgress;
    private LogLine _template = template;
    private (string Version, string File, string Direction)? _running;

    public void Target(TargetInfo target)
    {
        _template = _template with { Environment = target.Environment, Server = $"{target.Host}:{target.Port}", Database = target.Database, DatabaseUser = target.User };
        results.Target(target);
    }

    public void Note(string text) => Write(LogEvents.Note, line => line with { Message = text });

    public void Status(MigrationStatus status)
    {
        Problems(status.Problems);
        results.Status(status);
    }

    public void List(MigrationStatus status)
    {
        Problems(status.Problems);
        results.List(status);
    }

    public void Plan(MigrationPlan plan)
    {
        Problems(plan.Problems);
        Findings(plan.Findings);
        results.Plan(plan);
    }

    public void Validated(ValidationReport report)
    {
        Problems(report.Problems);
        Findings(report.Findings);
        results.Validated(report);
    }

    public void Changed(HistoryPlan plan, bool isDryRun)
    {
        Problems(plan.Problems);
        foreach (var change in isDryRun || !plan.Problems.IsEmpty ? [] : plan.Changes)
            Write(LogEvents.HistoryChanged, line => line with { Version = change.Version, File = change.FileName, Outcome = change.IsRemoved ? "removed" : "done" });
        results.Changed(plan, isDryRun);
    }

    public void Imported(ImportPlan plan, bool isDryRun)
    {
        Problems(plan.Problems);
        Findings(plan.Findings);
        foreach (var migration in isDryRun || !plan.Problems.IsEmpty ? [] : plan.Migrations.Where(migration => migration.IsRecorded))
            Write(LogEvents.HistoryChanged, line => line with { Version = migration.Version, File = migration.FileName, Outcome = "done" });
        results.Imported(plan, isDryRun);
    }

    public void History(HistoryLog log) => results.History(log);

    public void Backups(string store, IReadOnlyList<StoredBackup> backups) => results.Backups(store, backups);

    public void Settings(SettingsReport report) => results.Settings(report);

    public void Diagnosed(DoctorReport report) => results.Diagnosed(report);

    public void Inspected(IReadOnlyList<InspectedFile> files) => results.Inspected(files);

    public void Run(MigrationReport report)
    {
        _running = null;
        Problems(report.Plan.Problems);
        Findings(report.Plan.Findings);
        Failure(report, FailureState.Of);
        var outcome = report switch
        {
            { Plan.Problems.IsEmpty: false } => "refused",
            { Failure.Cancelled: true } => "cancelled",
            { Failure: not null } => "failed",
            { Pause: not null } => "unfinished",
            _ => "done",
        };
        Write(LogEvents.RunFinished, line => line with { Level = outcome is "done" or "unfinished" ? "info" : "error", Direction = Word(report.Direction), Count = report.Finished.Length, Outcome = outcome, DurationMs = Elapsed, Message = report.Pause is null ? null : PauseText.Message(report) });
        results.Run(report);
    }

    public void Rehearsed(RehearsalReport report, TimeSpan longest)
    {
        Problems(report.Plan.Problems);
        foreach (var migration in report.Migrations)
        {
            var isFine = migration.IsBroughtBack && !RehearsalVerdict.TooLong(migration, longest).Any();
            Write(LogEvents.Rehearsed, line => line with
            {
                Level = isFine ? "info" : "warning",
                Version = migration.Version,
                File = migration.FileName,
                DurationMs = migration.Up.TotalMilliseconds,
                Message = RehearsalVerdict.Of(migration) + (migration.IsBroughtBack ? "; DOWN brings the schema back" : "; not shown that DOWN brings the schema back"),
            });
        }

        foreach (var failed in (MigrationReport?[])[report.Failed, report.DownFailed, report.UpAgainFailed])
            Failure(failed, (failure, _) => RehearsalText.State(failure));
        results.Rehearsed(report, longest);
    }

    public void Created(string file) => results.Created(file);

    public void Answer(string sentence, JsonObject document) => results.Answer(sentence, document);

    public void Error(CliError error)
    {
        Write(LogEvents.CallFailed, line => line with { ExitCode = error.ExitCode, Error = error.Detail is null ? error.Message : $"{error.Message}\n{error.Detail}", Next = error.Next });
        results.Error(error);
    }

    /// <summary>The last line of a call.</summary>
    public void Finished(int exitCode) => Write(LogEvents.CallFinished, line => line with { Level = exitCode is ExitCode.Done or ExitCode.Unfinished ? "info" : "error", ExitCode = exitCode, DurationMs = Elapsed });

    public void Report(MigrationEvent value)
    {
        switch (value)
        {
            case LockAwaited awaited:
                Write(LogEvents.LockAwaited, line => line with { Message = RunText.Waiting(awaited.Holder), Blockers = awaited.Holder is { } holder ? ToDocuments([holder]) : null });
                break;
            case LockAcquired acquired:
                Write(LogEvents.LockAcquired, line => line with { DurationMs = acquired.Waited.TotalMilliseconds });
                break;
            case MigrationStarted started:
                _running = (started.Version, started.FileName, Word(started.Direction));
                Write(LogEvents.MigrationStarted, line => line with { Number = started.Number, Count = started.Count });
                break;
            case MigrationFinished finished:
                Write(LogEvents.MigrationFinished, line => line with
                {
                    Version = finished.Version,
                    File = finished.FileName,
                    Direction = Word(finished.Direction),
                    DurationMs = finished.Duration.TotalMilliseconds,
                    Outcome = "done",
                });
                _running = null;
                break;
            case BackupProgress progress when progress.Elapsed >= _nextProgress:
                _nextProgress = progress.Elapsed + BetweenProgress;
                Write(LogEvents.BackupProgress, line => line with { Backup = progress.Address, Bytes = progress.Bytes, Message = BackupText.Progress(progress).Trim() });
                break;
            case BackupMade made:
                Write(LogEvents.BackupMade, line => line with { Backup = made.Address, Bytes = made.Bytes, DurationMs = made.Elapsed.TotalMilliseconds, Outcome = "done" });
                break;
            case MigrationRetried retried:
                Write(LogEvents.MigrationRetried, line => line with
                {
                    Version = retried.Version,
                    SqlState = retried.SqlState,
                    Error = retried.Message,
                    DelayMs = retried.Delay.TotalMilliseconds,
                    Blockers = ToDocuments(retried.Blockers),
                });
                break;
            case StatementBlocked blocked:
                Write(LogEvents.StatementBlocked, line => line with { Message = RunText.Blocked(blocked), Blockers = ToDocuments(blocked.Blockers) });
                break;
            case StatementUnblocked unblocked:
                Write(LogEvents.StatementUnblocked, line => line with { DurationMs = unblocked.Waited.TotalMilliseconds });
                break;
            case IndexBuildProgress build:
                Write(LogEvents.IndexProgress, line => line with { Message = RunText.Building(build), Percent = build.Percent });
                break;
            case StepFoundDone done:
                Write(LogEvents.StepFoundDone, line => line with { Version = done.Version, Number = done.Step, Message = RunText.FoundDone(done) });
                break;
            case InvalidIndexDropped index:
                Write(LogEvents.Healed, line => line with { Message = RunText.Healed(index) });
                break;
            case ScratchLeftoverDropped leftover:
                Write(LogEvents.Healed, line => line with { Message = RehearsalText.Leftover(leftover) });
                break;
            case ScratchNotDropped kept:
                Write(LogEvents.Finding, line => line with { Error = RehearsalText.Kept(kept) });
                break;
            case DetachFinalized detach:
                Write(LogEvents.Healed, line => line with { Message = RunText.Healed(detach) });
                break;
            case NoticeReceived notice:
                Write(LogEvents.Notice, line => line with { Level = notice.Severity is "WARNING" ? "warning" : "info", Message = $"{notice.Severity}: {notice.Message}" });
                break;
            case RowsReturned rows:
                Write(LogEvents.Rows, line => line with { Count = rows.RowCount });
                break;
        }

        results.Report(value);
    }

    private void Failure(MigrationReport? report, Func<MigrationFailure, MigrationDirection, string> state)
    {
        if (report?.Failure is { } failure)
        {
            Write(LogEvents.MigrationFailed, line => line with
            {
                Direction = Word(report.Direction),
                Version = failure.Version,
                File = failure.File,
                Line = failure.Line > 0 ? failure.Line : null,
                Column = failure.Column > 0 ? failure.Column : null,
                SqlState = failure.SqlState,
                Error = failure.Detail is null ? failure.Message : $"{failure.Message}\n{failure.Detail}",
                Message = state(failure, report.Direction),
                Outcome = failure.Cancelled ? "cancelled" : "failed",
                Blockers = ToDocuments(failure.Blockers),
            });
        }
    }

    private double Elapsed => clock.GetElapsedTime(_startedAt).TotalMilliseconds;

    private void Problems(ImmutableArray<ScriptProblem> problems) => Write(LogEvents.Problem, problems);

    private void Findings(ImmutableArray<ScriptProblem> findings) => Write(LogEvents.Finding, findings);

    private void Write(LogEvent kind, ImmutableArray<ScriptProblem> problems)
    {
        foreach (var problem in problems)
        {
            Write(kind, line => line with
            {
                File = problem.File,
                Line = problem.Line > 0 ? problem.Line : null,
                Column = problem.Column > 0 ? problem.Column : null,
                Error = problem.Message,
                Next = problem.Mend,
            });
        }
    }

    private void Write(LogEvent kind, Func<LogLine, LogLine> fill)
    {
        var line = _template with { Time = clock.GetUtcNow(), Level = kind.Level, Event = kind.Name };
        if (_running is var (version, file, direction))
            line = line with { Version = version, File = file, Direction = direction };
        log.WriteLine(JsonSerializer.Serialize(fill(line), Context.LogLine));
    }

    private static IReadOnlyList<HolderDocument>? ToDocuments(ImmutableArray<LockHolder> holders) => holders.IsEmpty ? null : JsonReporter.ToDocuments(holders);

    private static string Word(MigrationDirection direction) => direction is MigrationDirection.Up ? "up" : "down";
}
