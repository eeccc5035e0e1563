using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Doctor;
using PhaserAI.Migrations.Cli.Settings;
using PhaserAI.Migrations.Imports;
using PhaserAI.Migrations.Rehearsals;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>Shows results to people: results on the standard output, what goes wrong and what goes on beside it on the other.</summary>
internal sealed class TextReporter(CliHost host, bool isQuiet) : IReporter
{
    private const int MaxRowsAfterRun = 30;

    private readonly Style _out = Style.For(host.OutIsTerminal, host.Variable);
    private readonly Style _error = Style.For(host.ErrorIsTerminal, host.Variable);
    private readonly bool _hasProgress = !isQuiet && Style.MayOverwrite(host.ErrorIsTerminal, host.Variable);
    private TargetInfo? _target;
    private string? _running;

    public void Target(TargetInfo target)
    {
        _target = target;
        if (target.EmbeddedFolder is { } folder)
            Note($"Development database: {target.Database} on {target.Host}:{target.Port}, in {folder} (set DB_HOST to use another server)");
    }

    public void Note(string text)
    {
        if (!isQuiet)
            host.Error.WriteLine(_error.Dim(text));
    }

    public void Status(MigrationStatus status)
    {
        Table(status, int.MaxValue);
        Problems(status.Problems);
    }

    public void List(MigrationStatus status)
    {
        if (status.Migrations.IsEmpty)
            Note(StatusTable.Empty(host.CommandName));
        foreach (var migration in status.Migrations)
        {
            var name = migration.FileName ?? $"{migration.Version} (file missing)";
            host.Out.WriteLine($"{StatusTable.Paint(_out, migration.State, Word(migration).PadRight(8))} {name}");
        }

        Problems(status.Problems);
    }

    public void Plan(MigrationPlan plan)
    {
        PlanText.Write(host.Out, _out, plan, _target);
        Problems(plan.Problems);
        Findings(plan.Findings);
    }

    public void History(HistoryLog log)
    {
        host.Out.WriteLine(_out.Bold($"History of {_target}"));
        if (log.Entries.IsEmpty)
            Note("There is nothing in it.");
        HistoryText.Write(host.Out, _out, log);
        if (!log.IsKept)
            Note($"There is no log yet; this is what schema_migrations knows. The next {host.CommandName} up that applies something makes one.");
    }

    public void Backups(string store, IReadOnlyList<StoredBackup> backups)
    {
        host.Out.WriteLine(_out.Bold($"Backups in {store}"));
        BackupText.Write(host.Out, _out, backups, host.CommandName);
    }

    public void Validated(ValidationReport report)
    {
        Problems(report.Problems);
        Findings(report.Findings);
        foreach (var difference in report.Differences)
        {
            DifferenceText.Write(host.Out, _out, difference);
            host.Out.WriteLine();
        }

        host.Out.WriteLine((report.Problems.Length, report.Findings.Length) switch
        {
            (0, 0) => $"Files and history of {_target} agree: {Count(report.AppliedCount)} applied{RunText.CheckedObjects(report)}.",
            (var problems, var findings) => $"{problems} {(problems == 1 ? "problem" : "problems")}, {findings} {(findings == 1 ? "warning" : "warnings")} in {_target}; nothing was changed.",
        });
    }

    public void Changed(HistoryPlan plan, bool isDryRun)
    {
        Problems(plan.Problems);
        if (plan.Problems.IsEmpty)
            HistoryChangeText.Write(host.Out, _out, isDryRun ? plan : plan with { Differences = [] }, _target, isDryRun ? "Would record" : "Recorded", isDryRun ? "Would remove" : "Removed");
        else
            host.Error.WriteLine("Nothing was changed.");
    }

    public void Imported(ImportPlan plan, bool isDryRun)
    {
        Problems(plan.Problems);
        Findings(plan.Findings);
        if (plan.Problems.IsEmpty)
            ImportText.Write(host.Out, _out, plan, _target, isDryRun ? "Would import" : "Imported");
        else
            host.Error.WriteLine("Nothing was changed.");
    }

    public void Settings(SettingsReport report)
    {
        SettingsText.Write(host.Out, _out, report);
        host.Out.Flush();
        foreach (var note in report.Notes)
            Note(note);
        foreach (var problem in report.Problems)
            Error(new CliError(ExitCode.Usage, problem.Message, problem.Next));
    }

    public void Diagnosed(DoctorReport report) => DoctorText.Write(host.Out, _out, report, isQuiet);

    public void Rehearsed(RehearsalReport report, TimeSpan longest)
    {
        ClearProgressLine();
        _running = null;
        Problems(report.Plan.Problems);
        Findings(report.Plan.Findings);
        var source = report.Backup ?? $"{_target}";
        if (report.Copy is not null && report.Plan.Problems.IsEmpty && !report.Plan.Migrations.IsEmpty)
            new RehearsalText(host.Out, _out, longest, host.Width()).Write(report, source);
        else
            host.Out.WriteLine(report.Plan.Problems.IsEmpty ? $"Nothing to rehearse: no migration is pending on {source}." : "Nothing was rehearsed.");
        host.Out.Flush();
        RehearsalText.WriteFailures(host.Error, _error, report, source, host.CommandName);
    }

    public void Inspected(IReadOnlyList<InspectedFile> files)
    {
        foreach (var file in files)
        {
            InspectText.Write(host.Out, _out, file);
            Problems(file.Problems);
            Findings(file.Findings);
        }
    }

    /// <summary>The status comes before a failure, so that the failure is the last thing to be read.</summary>
    public void Run(MigrationReport report)
    {
        ClearProgressLine();
        _running = null;
        Findings(report.Plan.Findings);
        if (report.Succeeded)
            host.Out.WriteLine(RunText.Summary(report));
        else if (report.Pause is not null)
            host.Out.WriteLine($"{PauseText.Message(report)}\n{_out.Bold("next:")} {PauseText.Next(report, host.CommandName)}");
        if (report.Status is { } status && !isQuiet)
        {
            host.Out.WriteLine();
            Table(status, MaxRowsAfterRun);
        }

        if (report.Plan.Problems.Length > 0)
        {
            Problems(report.Plan.Problems);
            host.Error.WriteLine($"Nothing was changed. Next: mend {(report.Plan.Problems.Length == 1 ? "it" : "them")} and run {host.CommandName} {Verb(report)} again.");
        }
        else if (report.Failure is { } failure)
        {
            host.Out.Flush();
            FailureText.Write(host.Error, _error, failure, report, host.CommandName);
        }
    }

    public void Created(string file) => host.Out.WriteLine(file);

    public void Answer(string sentence, JsonObject document)
    {
        ClearProgressLine();
        _running = null;
        host.Out.WriteLine(sentence);
    }

    public void Error(CliError error)
    {
        ClearProgressLine();
        host.Error.WriteLine($"{_error.Red(_error.Bold("error:"))} {error.Message}");
        if (error.Detail is { } detail)
            host.Error.WriteLine(detail);
        host.Error.WriteLine($"{_error.Bold("next:")} {error.Next}");
    }

    public void Report(MigrationEvent value)
    {
        ClearProgressLine();
        switch (value)
        {
            case MigrationStarted started:
                _running = $"  … {started.FileName} ({started.Number} of {started.Count})";
                break;
            case BackupProgress progress:
                _running = BackupText.Progress(progress);
                break;
            case RehearsalAdvanced step:
                _running = $"  … {RehearsalText.Phase(step)}";
                break;
            case MigrationFinished or BackupMade:
                _running = null;
                break;
        }

        Show(value);
        if (_running is { } running && _hasProgress)
        {
            // Cut, because a line that wraps can't be taken back.
            host.Error.Write(_error.Dim(TerminalWidth.Cut(running, host.Width() - 1)));
        }
    }

    private void Show(MigrationEvent value)
    {
        switch (value)
        {
            case LockAwaited awaited:
                Note(RunText.Waiting(awaited.Holder));
                break;
            case MigrationFinished finished when !isQuiet:
                host.Out.WriteLine($"  {_out.Green(finished.Direction is MigrationDirection.Up ? "applied" : "rolled back")}  {finished.FileName}  {_out.Dim(Duration(finished.Duration))}");
                break;
            case BackupMade made when !isQuiet:
                host.Out.WriteLine($"  {_out.Green("backed up")}  {made.Address}  {_out.Dim($"{ByteText.Of(made.Bytes)}, {Duration(made.Elapsed)}")}");
                break;
            case ScratchLeftoverDropped leftover:
                Note(RehearsalText.Leftover(leftover));
                break;
            case ScratchNotDropped kept:
                host.Error.WriteLine($"{_error.Yellow("warning:")} {RehearsalText.Kept(kept)}");
                break;
            case IndexBuildProgress build:
                Note(RunText.Building(build));
                break;
            case StatementBlocked blocked:
                host.Error.WriteLine($"{_error.Yellow("waiting:")} {RunText.Blocked(blocked)}");
                break;
            case MigrationRetried retried:
                host.Error.WriteLine($"{_error.Yellow("retry:")} {RunText.Retrying(retried)}");
                break;
            case NoticeReceived { Severity: not "WARNING" } when isQuiet:
                break;
            case StepFoundDone done:
                Note(RunText.FoundDone(done));
                break;
            case InvalidIndexDropped index:
                host.Error.WriteLine($"{_error.Yellow("healed:")} {RunText.Healed(index)}");
                break;
            case DetachFinalized detach:
                host.Error.WriteLine($"{_error.Yellow("healed:")} {RunText.Healed(detach)}");
                break;
            case NoticeReceived notice:
                host.Error.WriteLine($"{_error.Blue(notice.Severity + ":")} {Printable.Of(notice.Message)}");
                break;
            case RowsReturned rows:
                RowsTable.Write(host.Out, rows);
                break;
        }

        // A log is to show where a run is, and in order with what goes to the other stream.
        host.Out.Flush();
    }

    internal static string Duration(TimeSpan duration) => duration.TotalSeconds < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, duration.TotalMilliseconds):0} ms")
        : duration.TotalMinutes < 2
            ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMinutes:0.0} min");

    internal static string Word(MigrationInfo migration) => migration.State switch
    {
        MigrationState.Applied => "applied",
        MigrationState.Pending => "pending",
        MigrationState.Missing => "missing",
        MigrationState.Changed => "changed",
        MigrationState.Skipped => "skipped",
        _ => "partial",
    };

    private void Table(MigrationStatus status, int maxRows)
    {
        host.Out.WriteLine(_out.Bold($"Migrations of {_target}"));
        StatusTable.Write(host.Out, _out, status, host.CommandName, maxRows);
    }

    private static string Verb(MigrationReport report) => report.Direction is MigrationDirection.Up ? "up" : "down";

    internal static string Count(int migrations) => migrations == 1 ? "1 migration" : $"{migrations} migrations";

    private void Problems(ImmutableArray<ScriptProblem> problems)
    {
        foreach (var problem in problems)
            ProblemText.Write(host.Error, _error, _error.Red(_error.Bold("error:")), problem);
    }

    private void Findings(ImmutableArray<ScriptProblem> findings)
    {
        if (isQuiet)
            return;
        foreach (var finding in findings)
            ProblemText.Write(host.Error, _error, _error.Yellow(_error.Bold("warning:")), finding);
    }

    private void ClearProgressLine()
    {
        if (_running is not null && _hasProgress)
            host.Error.Write("\r\e[2K");
    }
}
