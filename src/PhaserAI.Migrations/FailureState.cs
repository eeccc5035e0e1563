namespace PhaserAI.Migrations;

/// <summary>What state a failed run has left, in sentences.</summary>
internal static class FailureState
{
    /// <summary>What the run did before it failed.</summary>
    public static string Before(MigrationReport report)
    {
        var done = report.Direction is MigrationDirection.Up ? "applied" : "rolled back";
        var versions = report.Finished;
        if (report.Unconfirmed > 0)
        {
            return $"Before it, {(report.Unconfirmed == 1 ? "a migration was" : $"{report.Unconfirmed} migrations were")} committed, from {report.Plan.Migrations[0].Version}"
                + $" to {report.Plan.Migrations[report.Unconfirmed - 1].Version}; whether all of that is on the server's disk is not known here: the history says it.";
        }

        return versions.Length switch
        {
            0 => $"Nothing was {done} before it.",
            1 => $"Before it, {versions[0].Version} was {done} and stays so.",
            <= 5 => $"Before it, {versions.Length} migrations were {done} and stay so: {string.Join(", ", versions.Select(finished => finished.Version))}.",
            _ => $"Before it, {versions.Length} migrations were {done} and stay so: {versions[0].Version} to {versions[^1].Version}.",
        };
    }

    /// <summary>What is left of the migration that failed.</summary>
    public static string Of(MigrationFailure failure, MigrationDirection direction)
    {
        if (failure.Committed is true)
            return $"{failure.Version} was committed all the same: the history has been read again.";
        if (failure is { ConnectionLost: true, Committed: null })
            return $"Whether the last transaction of {failure.Version} was committed is not known here: the history says it.";
        var before = failure.FinishedSteps switch
        {
            0 => "",
            1 => $"Step 1 of {failure.StepCount} of {failure.Version} is done and recorded. ",
            var steps => $"Steps 1 to {steps} of {failure.StepCount} of {failure.Version} are done and recorded. ",
        };
        if (failure.InAutocommit)
        {
            var stayed = failure.Statement switch
            {
                { } detach when detach.StartsWith("ALTER", StringComparison.OrdinalIgnoreCase) && IsConcurrent(detach) =>
                    "the partition may be half detached; the next run finishes that.",
                { } change when IsConcurrent(change) => "an INVALID index may have stayed; the next run drops it.",
                _ => "part of it may have stayed, such as what a DO block has committed.",
            };
            return $"{before}Step {failure.FinishedSteps + 1} of {failure.StepCount} of {failure.Version} ran outside of any transaction: {stayed}";
        }

        if (failure.FinishedSteps > 0)
            return $"{before}The failed step was rolled back.";
        return direction is MigrationDirection.Up
            ? $"{failure.Version} was rolled back: it left no trace."
            : $"{failure.Version} is still applied: its DOWN was undone and left no trace.";
    }

    private static bool IsConcurrent(string statement) => statement.Contains("CONCURRENTLY", StringComparison.OrdinalIgnoreCase);
}
