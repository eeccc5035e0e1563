using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Doctor;
using PhaserAI.Migrations.Cli.Output.Json;
using PhaserAI.Migrations.Cli.Settings;
using PhaserAI.Migrations.Imports;
using PhaserAI.Migrations.Rehearsals;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>Shows results to programs: exactly one JSON document on the standard output, whatever happens.</summary>
internal sealed class JsonReporter(CliHost host, bool isQuiet) : IReporter
{
    // The output is read by programs, not put into HTML: quotes and umlauts stay readable.
    private static readonly JsonContext Context = new(new JsonSerializerOptions(JsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private const int LongestStatement = 10_000;

    private readonly List<NoticeDocument> _notices = [];
    private readonly List<RowsDocument> _results = [];
    private readonly List<WaitDocument> _waits = [];
    private readonly List<BuildDocument> _builds = [];
    private readonly List<RetryDocument> _retries = [];
    private TargetDocument? _target;
    private string _version = "";
    private BackupMade? _backup;

    public void Target(TargetInfo target) => _target = new(
        target.Environment, target.Host, target.Port, target.Database, target.User, target.EmbeddedFolder is not null);

    public void Note(string text)
    {
        if (!isQuiet)
            host.Error.WriteLine(text);
    }

    public void Status(MigrationStatus status) => Write(ToDocument(status), Context.StatusDocument);

    public void List(MigrationStatus status) => Status(status);

    public void Plan(MigrationPlan plan) => Write(
        new PlanDocument(
            Word(plan.Direction), _target, [.. plan.Migrations.Select(migration => ToDocument(migration, plan.Destroys))],
            [.. plan.Skipped.Select(skipped => new SkippedDocument(skipped.Version, skipped.FileName, skipped.Environments))], ToDocuments(plan.Problems), ToDocuments(plan.Findings)),
        Context.PlanDocument);

    public void History(HistoryLog log) => Write(
        new HistoryDocument(_target, log.IsKept, [.. log.Entries.Select(ToDocument)]), Context.HistoryDocument);

    public void Backups(string store, IReadOnlyList<StoredBackup> backups) => Answer("", BackupText.ToJson(store, backups));

    public void Validated(ValidationReport report) => Write(
        new ValidationDocument(
            _target,
            report.AppliedCount,
            report.CheckedObjects,
            ToDocuments(report.Problems),
            ToDocuments(report.Findings),
            ToDocuments(report.Differences)),
        Context.ValidationDocument);

    public void Changed(HistoryPlan plan, bool isDryRun) => Write(
        new HistoryChangeDocument(
            _target,
            plan.Target.Action,
            isDryRun,
            [.. plan.Changes.Select(change => new ChangedMigrationDocument(change.Version, change.FileName, change.IsRemoved))],
            ToDocuments(plan.Problems),
            ToDocuments(plan.Differences)),
        Context.HistoryChangeDocument);

    public void Imported(ImportPlan plan, bool isDryRun) =>
        Write(ImportDocument.Of(_target, plan, isDryRun, ToDocuments(plan.Problems), ToDocuments(plan.Findings)), Context.ImportDocument);

    public void Settings(SettingsReport report) => Write(
        new SettingsDocument(
            report.Environment,
            report.Project,
            report.Files,
            report.Database,
            [.. report.Settings.Select(setting => new SettingDocument(
                setting.Setting.Variables[0], setting.Setting.Key, setting.Setting.Flag, setting.Value, setting.Source, setting.IsUsed, setting.Setting.IsSecret))],
            [.. report.Problems.Select(problem => new SettingProblemDocument(problem.Message, problem.Next))],
            report.Notes),
        Context.SettingsDocument);

    public void Diagnosed(DoctorReport report) => Write(DoctorDocument.Of(report), Context.DoctorDocument);

    public void Rehearsed(RehearsalReport report, TimeSpan longest) => Write(
        new RehearsalDocument(
            _target,
            report.Backup,
            report.Copy is { } copy ? new CopyDocument(copy, report.Server, report.CopyBytes, report.CopyDuration.TotalMilliseconds) : null,
            report.Failed is null && report.Plan.Problems.IsEmpty,
            report.IsReversible,
            longest.TotalMilliseconds,
            [.. report.Migrations.Select(migration => RehearsalDocument.Of(migration, longest, ToDocuments(migration.DownProblems)))],
            ToFailure(report.Failed),
            ToFailure(report.DownFailed),
            ToFailure(report.UpAgainFailed),
            RehearsalDocument.Of(report.AfterUpAgain),
            ToDocuments(report.Plan.Problems)),
        Context.RehearsalDocument);

    public void Inspected(IReadOnlyList<InspectedFile> files)
    {
        if (files.Count == 1)
            Write(ToDocument(files[0]), Context.InspectDocument);
        else
            Write([.. files.Select(ToDocument)], Context.IReadOnlyListInspectDocument);
    }

    public void Run(MigrationReport report) => Write(
        new RunDocument(
            Word(report.Direction),
            _target,
            report.Succeeded,
            _backup is { } made ? new BackupDocument(made.Name, made.Address, made.Bytes, made.Sha256.Length > 0 ? made.Sha256 : null, made.Elapsed.TotalMilliseconds, BackupText.Restore(host.CommandName, made.Address)) : null,
            [.. report.Finished.Select(finished => new FinishedDocument(finished.Version, finished.FileName, finished.Duration.TotalMilliseconds))],
            report.Unconfirmed > 0 ? report.Unconfirmed : null,
            report.Failure is { } failure ? ToDocument(failure, report) : null,
            ToDocuments(report.Plan.Problems),
            ToDocuments(report.Plan.Findings),
            _notices,
            _results,
            _waits,
            _retries,
            _builds,
            report.Pause is not null ? (JsonNode?)"continue" : report.Status is { } status ? JsonSerializer.SerializeToNode(ToDocument(status), Context.StatusDocument) : null,
            report.Pause is { } pause
                ? new LeftDocument([.. report.Left.Select(migration => migration.FileName)], pause.FinishedSteps, pause.GoesOn, PauseText.Message(report), PauseText.Next(report, host.CommandName))
                : null),
        Context.RunDocument);

    public void Created(string file) => Write(new CreatedDocument(file), Context.CreatedDocument);

    public void Answer(string sentence, JsonObject document) => host.Out.WriteLine(document.ToJsonString(Context.Options));

    public void Error(CliError error) => Write(
        new FailedDocument(new ErrorDocument(error.ExitCode, error.Message, error.Detail, error.Next)), Context.FailedDocument);

    public void Report(MigrationEvent value)
    {
        switch (value)
        {
            case LockAwaited awaited:
                _waits.Add(new WaitDocument("", "migration run", null, ToDocuments(awaited.Holder is { } holder ? [holder] : [])));
                Note(RunText.Waiting(awaited.Holder));
                break;
            case BackupMade backup:
                _backup = backup;
                break;
            case MigrationStarted started:
                _version = started.Version;
                break;
            case IndexBuildProgress build:
                _builds.RemoveAll(earlier => (earlier.Pid, earlier.Phase) == (build.ProcessId, build.Phase));
                _builds.Add(new BuildDocument(build.ProcessId, build.Relation, build.Phase, build.Done, build.Total, build.Percent));
                Note(RunText.Building(build));
                break;
            case StatementBlocked blocked:
                _waits.Add(new WaitDocument(_version, blocked.Lock, blocked.Relation, ToDocuments(blocked.Blockers)));
                Note(RunText.Blocked(blocked));
                break;
            case MigrationRetried retried:
                _retries.Add(new RetryDocument(retried.Version, retried.SqlState, retried.Message, retried.Delay.TotalMilliseconds, ToDocuments(retried.Blockers)));
                Note(RunText.Retrying(retried));
                break;
            case ScratchLeftoverDropped leftover:
                Note(RehearsalText.Leftover(leftover));
                break;
            case ScratchNotDropped kept:
                Note(RehearsalText.Kept(kept));
                break;
            case InvalidIndexDropped index:
                Note(RunText.Healed(index));
                break;
            case DetachFinalized detach:
                Note(RunText.Healed(detach));
                break;
            case NoticeReceived notice:
                _notices.Add(new NoticeDocument(_version, notice.Severity, notice.Message));
                break;
            case RowsReturned rows:
                _results.Add(new RowsDocument(_version, rows.Columns, [.. rows.Rows.Select(row => (IReadOnlyList<string?>)row)], rows.RowCount));
                break;
        }
    }

    internal static IReadOnlyList<HolderDocument> ToDocuments(ImmutableArray<LockHolder> holders) => [.. holders.Select(holder => new HolderDocument(
        holder.ProcessId, holder.User, holder.Application, holder.Client, holder.State, holder.Since, holder.Query, holder.PreventsWraparound))];

    private void Write<T>(T document, JsonTypeInfo<T> type) => host.Out.WriteLine(JsonSerializer.Serialize(document, type));

    private StatusDocument ToDocument(MigrationStatus status) => new(
        _target,
        [.. status.Migrations.Select(ToDocument)],
        new SummaryDocument(
            status.Count(MigrationState.Applied),
            status.Count(MigrationState.Pending),
            status.Count(MigrationState.Missing),
            status.Count(MigrationState.Changed),
            status.Count(MigrationState.Partial),
            status.Count(MigrationState.Skipped)),
        ToDocuments(status.Problems));

    private static MigrationDocument ToDocument(MigrationInfo migration) => new(
        migration.Version,
        migration.FileName,
        migration.Description,
        TextReporter.Word(migration),
        migration.AppliedAt,
        migration.ExecutionTime?.TotalMilliseconds,
        migration.State is MigrationState.Partial ? migration.FinishedSteps : null,
        migration.Environments);

    private static LogEntryDocument ToDocument(LogEntry entry) => new(
        entry.At,
        entry.Action,
        entry.Version,
        entry.Outcome,
        entry.Duration?.TotalMilliseconds,
        entry.DatabaseUser,
        entry.OperatingSystemUser,
        entry.Host,
        entry.Tool,
        entry.Environment,
        entry.GitCommit,
        entry.SqlState,
        entry.Error,
        entry.Reason,
        entry.Backup,
        entry.IsLogged);

    private static PlannedMigrationDocument ToDocument(PlannedMigration migration, ImmutableArray<DataLoss> losses) => new(
        migration.Version,
        migration.FileName,
        migration.Description,
        migration.FromStoredText,
        [.. losses.Where(loss => loss.Version == migration.Version).Select(loss => new LossDocument(
            loss.ObjectName, loss.ObjectType, Word(loss.Kind), loss.Rows, loss.IsEstimate, loss.Bytes, loss.Cascades, loss.File, loss.Line))],
        [.. migration.Steps.Select(step => ToDocument(step, step.Number <= migration.FinishedSteps))]);

    private static PlannedStepDocument ToDocument(PlannedStep step, bool isDone) => new(
        step.Number,
        step.Kind is StepKind.Transaction ? "transaction" : "autocommit",
        step.BeginOptions.Length > 0 ? step.BeginOptions : null,
        isDone,
        [.. step.Statements.Select(statement => new PlannedStatementDocument(
            SecretMask.Apply(statement.Sql, out _), statement.File, statement.Line, statement.Column, statement.DataLines))]);

    /// <summary>On a copy that is gone there is no state to go on from.</summary>
    private FailureDocument? ToFailure(MigrationReport? run) => run?.Failure is not { } failure ? null : ToDocument(failure, run) with
    {
        State = RehearsalText.State(failure),
        Next = RehearsalText.Next(failure, host.CommandName),
    };

    private FailureDocument ToDocument(MigrationFailure failure, MigrationReport report) => new(
        failure.Version,
        failure.File,
        failure.Line,
        failure.Column,
        failure.Excerpt is { } line ? Excerpt.Of(line, failure.Column).Text : null,
        failure.SqlState,
        failure.Message,
        failure.Detail,
        failure.Hint,
        failure.Context,
        Cut(failure.Statement),
        failure.FinishedSteps,
        failure.StepCount,
        failure.Cancelled,
        failure.OutOfTime,
        failure.ConnectionLost,
        failure.Committed,
        failure.InAutocommit,
        ToDocuments(failure.Blockers),
        FailureState.Of(failure, report.Direction),
        FailureText.Next(failure, report.Direction, host.CommandName));

    private static string? Cut(string? statement) =>
        statement is { Length: > LongestStatement } ? statement[..LongestStatement] + "…" : statement;

    private static InspectDocument ToDocument(InspectedFile file)
    {
        var header = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in file.Header.Fields)
            header[key] = value;
        return new InspectDocument(
            file.File,
            header,
            ToDocuments(file.Up),
            file.Down is { } down ? ToDocuments(down) : null,
            ToDocuments(file.Problems),
            ToDocuments(file.Findings));
    }

    private static InspectedStatementDocument[] ToDocuments(ImmutableArray<InspectedStatement> statements) =>
        [.. statements.Select(statement => new InspectedStatementDocument(
            statement.Sql, statement.File, statement.Line, statement.Column, statement.Transaction, statement.Command, statement.DataLines))];

    private static ProblemDocument[] ToDocuments(ImmutableArray<ScriptProblem> problems) =>
        [.. problems.Select(problem => new ProblemDocument(problem.File, problem.Line, problem.Column, problem.Message, problem.Mend))];

    private static DifferenceDocument[] ToDocuments(ImmutableArray<ScriptDifference> differences) =>
        [.. differences.Select(difference => new DifferenceDocument(difference.Version, difference.File, difference.Lines, difference.Note))];

    private static string Word(DataLossKind kind) => kind switch
    {
        DataLossKind.Drop => "drop",
        DataLossKind.Empty => "empty",
        DataLossKind.Delete => "delete",
        _ => "overwrite",
    };

    private static string Word(MigrationDirection direction) => direction is MigrationDirection.Up ? "up" : "down";
}
