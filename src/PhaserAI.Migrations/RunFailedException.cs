using System.Text;

namespace PhaserAI.Migrations;

/// <summary>
/// A run did not do what was planned: a migration failed, or the plan was refused. Its message is for people, of several lines: what and
/// where, and the state that is left. Only <see cref="MigrationReport.EnsureSucceeded"/> throws it.
/// </summary>
public sealed class RunFailedException : MigrationException
{
    private const int LongestExcerpt = 160;

    private RunFailedException(string message, string next, MigrationReport report)
        : base(message, next) => Report = report;

    /// <summary>How the run ended. What is in its <see cref="MigrationReport.Finished"/> is committed.</summary>
    public MigrationReport Report { get; }

    internal static RunFailedException Of(MigrationReport report) => report.Failure is { } failure
        ? new RunFailedException(Describe(failure, report), NextAfter(failure), report)
        : new RunFailedException(Describe(report.Plan), "Mend that, and run it again.", report);

    private static string Describe(MigrationFailure failure, MigrationReport report)
    {
        var text = new StringBuilder($"migration {failure.Version} failed: {failure.Message}");
        if (failure.SqlState is { } code)
            text.Append($" [{code}]");
        text.Append($"\n  --> {Place(failure.File, failure.Line, failure.Column)}");
        if (failure.Excerpt is { Length: > 0 and <= LongestExcerpt } line)
            text.Append($"\n   | {line.Trim()}");
        Note(text, "detail", failure.Detail);
        Note(text, "hint", failure.Hint);
        Note(text, "context", failure.Context);
        foreach (var blocker in failure.Blockers)
            Note(text, "in the way", $"pid {blocker.ProcessId} ({blocker.User ?? "user hidden"}, {blocker.Application ?? "no application name"})");
        text.Append($"\n{FailureState.Before(report)}\n{FailureState.Of(failure, report.Direction)}");
        if (report.Backup is { } backup)
            text.Append($"\nThe backup {backup} was made before this run.");
        return text.ToString();
    }

    private static string Describe(MigrationPlan plan)
    {
        var text = new StringBuilder(plan.Problems.Length == 1
            ? "a problem keeps the migrations from being run; nothing was changed"
            : $"{plan.Problems.Length} problems keep the migrations from being run; nothing was changed");
        foreach (var problem in plan.Problems)
        {
            text.Append($"\n  --> {Place(problem.File, problem.Line, problem.Column)}: {problem.Message}");
            Note(text, "next", problem.Mend);
        }

        return text.ToString();
    }

    private static string NextAfter(MigrationFailure failure)
    {
        if (failure.Committed is not null || failure.ConnectionLost)
            return "Run it again once the server answers; it goes on where the history ends.";
        var again = failure.FinishedSteps > 0 ? "run it again; it goes on after the finished steps." : "run it again.";
        return failure.SqlState switch
        {
            "55P03" or "40P01" or "40001" => $"Wait until the sessions that hold the locks are done, and {again}", // manual, appendix A
            _ when failure.Line == 0 => $"Mend what the server says, and {again}",
            _ => $"Mend {failure.File}, and {again}",
        };
    }

    private static void Note(StringBuilder text, string label, string? note)
    {
        if (!string.IsNullOrEmpty(note))
            text.Append($"\n   = {label}: {note.ReplaceLineEndings("\n     ")}");
    }

    private static string Place(string file, int line, int column) => line == 0 ? file : $"{file}:{line}:{column}";
}
