namespace PhaserAI.Migrations.Cli.Output;

/// <summary>Where a run stands whose time was over before its plan was done.</summary>
internal static class PauseText
{
    public static string Message(MigrationReport report)
    {
        var pause = report.Pause!;
        var left = report.Left.ToArray();
        var next = $"{TextReporter.Count(left.Length)} {(left.Length == 1 ? "is" : "are")} left, {(left.Length == 1 ? "" : "the next one ")}{left[0].FileName}";
        var steps = pause.FinishedSteps > 0 ? $", {pause.FinishedSteps} of {left[0].Steps.Count()} steps of it are done" : "";
        return Printable.Of($"The time was over; {next}{steps}{(pause.GoesOn is { } goesOn ? $". Without the run {goesOn}" : "")}.");
    }

    public static string Next(MigrationReport report, string commandName) =>
        $"Run {commandName} {(report.Direction is MigrationDirection.Up ? "up" : "down")} again: it goes on from there{(report.Pause!.GoesOn is null ? "" : ", and waits for what still runs")}.";
}
