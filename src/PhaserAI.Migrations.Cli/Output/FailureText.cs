namespace PhaserAI.Migrations.Cli.Output;

/// <summary>Why a migration failed, what state the database is in, and what to type next.</summary>
internal static class FailureText
{
    public static void Write(TextWriter writer, Style style, MigrationFailure failure, MigrationReport report, string commandName)
    {
        var code = failure.SqlState is null ? "" : $" [{failure.SqlState}]";
        writer.WriteLine($"{style.Red(style.Bold("error:"))} {failure.Message}{code}");
        ProblemText.WritePlace(writer, style, failure.File, failure.Line, failure.Column, failure.Excerpt);
        WriteNote(writer, "detail", failure.Detail);
        WriteNote(writer, "hint", failure.Hint);
        WriteNote(writer, "context", failure.Context);
        writer.WriteLine();
        writer.WriteLine(Before(report));
        writer.WriteLine(State(failure, report.Direction));
        writer.WriteLine($"{style.Bold("next:")} {Next(failure, report.Direction, commandName)}");
    }

    private static void WriteNote(TextWriter writer, string label, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            writer.WriteLine($"   = {label}: {text.ReplaceLineEndings("\n     ")}");
    }

    /// <summary>What this run did before.</summary>
    public static string Before(MigrationReport report)
    {
        var done = report.Direction is MigrationDirection.Up ? "applied" : "rolled back";
        return report.Finished.IsEmpty
            ? $"Nothing was {done} before it."
            : $"Before it, {TextReporter.Count(report.Finished.Length)} {(report.Finished.Length == 1 ? "was" : "were")} {done} and {(report.Finished.Length == 1 ? "stays" : "stay")} so: "
                + $"{string.Join(", ", report.Finished.Select(finished => finished.Version))}.";
    }

    /// <summary>What is left of the migration that failed.</summary>
    public static string State(MigrationFailure failure, MigrationDirection direction)
    {
        if (failure.ConnectionLost)
            return $"Whether the last transaction of {failure.Version} was committed is not known here: the history says it.";
        if (failure.FinishedSteps == 0)
        {
            return failure.StepCount > 1 || direction is MigrationDirection.Up
                ? $"{failure.Version} was rolled back: it left no trace."
                : $"{failure.Version} is still applied: its rollback left no trace.";
        }

        return $"Of {failure.Version}, {failure.FinishedSteps} of {failure.StepCount} steps are done and recorded; the failed one was rolled back.";
    }

    /// <summary>What to type next.</summary>
    public static string Next(MigrationFailure failure, MigrationDirection direction, string commandName)
    {
        var verb = direction is MigrationDirection.Up ? "up" : "down";
        if (failure.ConnectionLost)
            return $"run {commandName} status, then {commandName} {verb} again; it goes on where the history ends.";
        if (failure.Cancelled)
            return $"run {commandName} {verb} again when you are ready.";
        return failure.FinishedSteps > 0
            ? $"mend {failure.File} and run {commandName} {verb} again; it goes on after the finished steps."
            : $"mend {failure.File} and run {commandName} {verb} again.";
    }
}
