namespace PhaserAI.Migrations.Cli.Output;

/// <summary>Why a migration failed, what state the database is in, and what to type next.</summary>
internal static class FailureText
{
    // PostgreSQL manual, appendix A
    private const string LockNotAvailable = "55P03";
    private const string DeadlockDetected = "40P01";
    private const string SerializationFailure = "40001";
    private const string InsufficientPrivilege = "42501";
    private const string ActiveTransaction = "25001";
    private const string InvalidTransactionTermination = "2D000";
    private const string DiskFull = "53100";
    private const string OutOfMemory = "53200";
    private const string TooManyConnections = "53300";

    public static void Write(TextWriter writer, Style style, MigrationFailure failure, MigrationReport report, string commandName)
    {
        WriteCause(writer, style, failure);
        writer.WriteLine();
        writer.WriteLine(Before(report));
        writer.WriteLine(State(failure, report.Direction));
        writer.WriteLine($"{style.Bold("next:")} {Next(failure, report.Direction, commandName)}");
        if (report.Backup is { } backup)
            writer.WriteLine($"{style.Bold("backup:")} {backup} was made before this run; {BackupText.Restore(commandName, backup)} brings it back.");
    }

    /// <summary>What failed, where, and why.</summary>
    public static void WriteCause(TextWriter writer, Style style, MigrationFailure failure)
    {
        var code = failure.SqlState is null ? "" : $" [{failure.SqlState}]";
        writer.WriteLine($"{style.Red(style.Bold("error:"))} {Printable.Of(failure.Message)}{code}");
        ProblemText.WritePlace(writer, style, failure.File, failure.Line, failure.Column, failure.Excerpt);
        WriteNote(writer, "detail", failure.Detail);
        WriteNote(writer, "hint", failure.Hint);
        WriteNote(writer, "context", failure.Context);
        foreach (var blocker in failure.Blockers)
            WriteNote(writer, "in the way", RunText.Holder(blocker));
    }

    private static void WriteNote(TextWriter writer, string label, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            writer.WriteLine($"   = {label}: {Printable.Of(text).ReplaceLineEndings("\n     ")}");
    }

    /// <summary>What this run did before.</summary>
    public static string Before(MigrationReport report)
    {
        var done = report.Direction is MigrationDirection.Up ? "applied" : "rolled back";
        var versions = report.Finished;
        return versions.Length switch
        {
            0 => $"Nothing was {done} before it.",
            1 => $"Before it, {versions[0].Version} was {done} and stays so.",
            <= 5 => $"Before it, {versions.Length} migrations were {done} and stay so: {string.Join(", ", versions.Select(finished => finished.Version))}.",
            _ => $"Before it, {versions.Length} migrations were {done} and stay so: {versions[0].Version} to {versions[^1].Version}.",
        };
    }

    /// <summary>What is left of the migration that failed.</summary>
    public static string State(MigrationFailure failure, MigrationDirection direction)
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

    /// <summary>What to type next.</summary>
    public static string Next(MigrationFailure failure, MigrationDirection direction, string commandName)
    {
        var verb = direction is MigrationDirection.Up ? "up" : "down";
        if (failure.Committed is not null)
            return $"run {commandName} {verb} again once the server answers; it goes on where the history ends.";
        if (failure.ConnectionLost)
            return $"run {commandName} status, then {commandName} {verb} again; it goes on where the history ends.";
        var again = $"run {commandName} {verb} again{(failure.FinishedSteps > 0 ? "; it goes on after the finished steps" : "")}";
        if (failure.Cancelled)
            return $"{again} when you are ready.";
        // Whoever has it done by a Lambda function has the checkout somewhere too, where no clock runs.
        if (failure.OutOfTime)
            return $"run ./scripts/migrate.sh {verb}{(direction is MigrationDirection.Up ? $" {failure.Version}" : "")} where the time is not limited, or give the function more of it.";
        return failure.SqlState switch
        {
            LockNotAvailable when failure.Blockers is [{ ProcessId: > 0, PreventsWraparound: false } blocker] =>
                $"wait until pid {blocker.ProcessId} is done, or end it with SELECT pg_terminate_backend({blocker.ProcessId}), then {again}.",
            LockNotAvailable or DeadlockDetected or SerializationFailure => $"wait until the sessions that hold the locks are done, then {again}.",
            InsufficientPrivilege when failure.Line == 0 => $"let the owner of the history grant this user SELECT, INSERT, UPDATE and DELETE on it, then {again}.",
            InsufficientPrivilege => $"grant this user the right, or mend {failure.File}, and {again}.",
            ActiveTransaction or InvalidTransactionTermination when !failure.InAutocommit =>
                $"give {failure.File} the header line \"-- Transaction: none\", which runs each statement outside BEGIN … COMMIT on its own, and {again}.",
            DiskFull or OutOfMemory or TooManyConnections => $"give the server room, then {again}.",
            _ when failure.Line == 0 => $"mend what the server says, then {again}.",
            _ => $"mend {failure.File} and {again}.",
        };
    }
}
