using PhaserAI.Migrations.Measuring;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Rehearsals;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>What a rehearsal has shown, for people.</summary>
internal sealed class RehearsalText(TextWriter writer, Style style, TimeSpan longest, int width)
{
    public void Write(RehearsalReport report, string source)
    {
        writer.WriteLine(style.Bold($"Rehearsal of {source}"));
        writer.WriteLine(style.Dim($"on a copy of {ByteText.Of(report.CopyBytes)}, made in {TextReporter.Duration(report.CopyDuration)} on {report.Server}"));
        foreach (var migration in report.Migrations)
            Write(migration);
        writer.WriteLine();
        foreach (var migration in report.Migrations)
        {
            foreach (var held in RehearsalVerdict.TooLong(migration, longest))
                writer.WriteLine($"{style.Yellow("lock:")} {migration.Version} locks {RehearsalVerdict.Lock(held)}, which is longer than {TextReporter.Duration(longest)}.");
        }

        if (report.Failed is null)
            WriteWay(report);
        writer.WriteLine(style.Dim("Nobody else works on a copy: waiting for others is not in these times, and caches may be warmer or colder than the source's."));
        writer.WriteLine(style.Dim($"The copy is dropped; {source} was only read."));
    }

    public static string Phase(RehearsalAdvanced step) => step switch
    {
        { Phase: RehearsalPhase.Copying } => "copying",
        { Phase: RehearsalPhase.Analyzing } => "VACUUM ANALYZE of the copy",
        { Phase: RehearsalPhase.Up } => $"up: {step.FileName}",
        { Phase: RehearsalPhase.Down } => $"down: {step.FileName}",
        _ => "up again",
    };

    public static string Leftover(ScratchLeftoverDropped leftover) =>
        Printable.Of($"Dropped {leftover.Database}, which a killed run had left{(leftover.Comment is null ? "." : $" ({leftover.Comment})")}");

    public static string Kept(ScratchNotDropped kept) => Printable.Of($"{kept.Database} could not be dropped: {kept.Reason}; the next run that makes such a database there drops it");

    /// <summary>Why a run on the copy did not come to its end.</summary>
    public static void WriteFailures(TextWriter writer, Style style, RehearsalReport report, string source, string commandName)
    {
        foreach (var (run, what) in ((MigrationReport?, string)[])[(report.Failed, "UP"), (report.DownFailed, "DOWN"), (report.UpAgainFailed, "second UP")])
        {
            if (run?.Failure is { } failure)
            {
                FailureText.WriteCause(writer, style, failure);
                writer.WriteLine();
                writer.WriteLine($"It is the {what} of {failure.Version}. {State(failure)} {source} was only read.");
                writer.WriteLine($"{style.Bold("next:")} {Next(failure, commandName)}");
            }
            else if (run is not null)
            {
                foreach (var problem in run.Plan.Problems)
                    ProblemText.Write(writer, style, $"{style.Yellow("warning:")} the {what}:", problem);
            }
        }
    }

    public static string State(MigrationFailure failure) => failure.Cancelled ? "It was cancelled; the copy is dropped." : "It failed on the copy, which is dropped.";

    public static string Next(MigrationFailure failure, string commandName) =>
        failure.Cancelled ? $"run {commandName} rehearse again when you are ready." : $"mend {failure.File} and run {commandName} rehearse again.";

    private void Write(RehearsedMigration migration)
    {
        string[] times =
        [
            $"up {TextReporter.Duration(migration.Up)}",
            .. migration.Down is { } down ? (string[])[$"down {TextReporter.Duration(down)}"] : [],
            .. migration.UpAgain is { } again ? (string[])[$"up again {TextReporter.Duration(again)}"] : [],
        ];
        writer.WriteLine();
        writer.WriteLine($"{style.Bold(migration.FileName)}  {style.Dim(string.Join(", ", times))}");
        var verdict = $"  {RehearsalVerdict.Of(migration)}";
        writer.WriteLine(RehearsalVerdict.TooLong(migration, longest).Any() ? style.Yellow(verdict) : style.Green(verdict));
        foreach (var statement in migration.Statements)
            Write(statement);
    }

    private void Write(MeasuredStatement statement)
    {
        var sql = string.Join(' ', statement.Sql.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        var start = $"  {TextReporter.Duration(statement.Duration),9}  ";
        writer.WriteLine($"{start}{TerminalWidth.Cut($"{Printable.Of(sql)}", Math.Max(40, width - start.Length))}");
        string[] facts =
        [
            $"line {statement.Line}",
            .. statement.Kind is StepKind.Autocommit ? (string[])["outside of any transaction"] : [],
            .. statement.WalBytes >= 1000 ? (string[])[$"{ByteText.Of(statement.WalBytes)} of WAL"] : [],
            .. RehearsalVerdict.Work(statement),
            .. statement.Locks.Where(held => held.Table is null || (held.KeepsWritersOut && !statement.IsImplied(held)))
                .Select(held => $"{RehearsalVerdict.Mode(held.Mode)} on {RehearsalVerdict.Relation(held.Relation, held.Table)} for {TextReporter.Duration(held.Held)}"),
        ];
        foreach (var line in Wrap(facts, width - start.Length))
            writer.WriteLine(style.Dim(new string(' ', start.Length) + line));
    }

    /// <summary>Breaks only between facts.</summary>
    private static IEnumerable<string> Wrap(string[] facts, int columns)
    {
        var line = "";
        foreach (var fact in facts)
        {
            if (line.Length > 0 && TerminalWidth.Of(line) + 2 + TerminalWidth.Of(fact) > columns)
            {
                yield return line + ";";
                line = "";
            }

            line += line.Length > 0 ? $"; {fact}" : fact;
        }

        yield return line;
    }

    /// <summary>The way back and forth again.</summary>
    private void WriteWay(RehearsalReport report)
    {
        foreach (var migration in report.Migrations)
        {
            if (migration.AfterDown is { IsEmpty: false } difference)
                Write($"the DOWN of {migration.Version} does not bring the schema back:", difference);
            foreach (var problem in migration.DownProblems)
                ProblemText.Write(writer, style, $"{style.Yellow("down:")} {migration.Version} can't be taken back:", problem);
        }

        if (report.AfterUpAgain is { IsEmpty: false } again)
            Write("applied again, the schema is another than the first time:", again);
        if (report.IsReversible)
        {
            writer.WriteLine(report.Migrations.Length == 1
                ? $"{style.Green("down:")} it brings the schema back, and can be applied again."
                : $"{style.Green("down:")} each of the {report.Migrations.Length} brings the schema back, and they can be applied again.");
        }
        else if (report.Migrations.Count(migration => migration.Down is null) is var untried and > 0 && report.DownFailed is null)
        {
            writer.WriteLine($"{style.Yellow("down:")} {TextReporter.Count(untried)} could not be tried.");
        }
    }

    private void Write(string sentence, SchemaDifference difference)
    {
        writer.WriteLine($"{style.Yellow("down:")} {sentence}");
        foreach (var missing in difference.Missing)
            WriteObject("-", missing, style.Red);
        foreach (var left in difference.Left)
            WriteObject("+", left, style.Green);
    }

    private void WriteObject(string sign, string description, Func<string, string> paint)
    {
        foreach (var line in Printable.Of(description).TrimEnd().Split('\n'))
            writer.WriteLine(paint($"  {sign} {line}"));
    }
}
