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
        writer.WriteLine(FailureState.Before(report));
        writer.WriteLine(FailureState.Of(failure, report.Direction));
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
