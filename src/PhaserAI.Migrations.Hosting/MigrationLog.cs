using Microsoft.Extensions.Logging;

namespace PhaserAI.Migrations.Hosting;

/// <summary>The lines of the log. Their names are those of the command line's events (docs/reference/events.md).</summary>
internal static partial class MigrationLog
{
    [LoggerMessage(1, LogLevel.Warning, "Waiting for another migration run to end: {Holder}", EventName = "lock.awaited")]
    public static partial void LockAwaited(ILogger logger, string holder);

    [LoggerMessage(2, LogLevel.Information, "The other run has ended after {WaitedMs:0} ms; this one has the lock", EventName = "lock.acquired")]
    public static partial void LockAcquired(ILogger logger, double waitedMs);

    [LoggerMessage(3, LogLevel.Information, "Applying {File}, {Number} of {Count}", EventName = "migration.started")]
    public static partial void MigrationStarted(ILogger logger, string file, int number, int count);

    [LoggerMessage(4, LogLevel.Information, "Applied {File} in {DurationMs:0} ms", EventName = "migration.finished")]
    public static partial void MigrationFinished(ILogger logger, string file, double durationMs);

    [LoggerMessage(5, LogLevel.Warning, "{Version}: {Message} [{SqlState}]; tried again in {DelayMs:0} ms; in the way: {Blockers}", EventName = "migration.retried")]
    public static partial void MigrationRetried(ILogger logger, string version, string message, string sqlState, double delayMs, string blockers);

    [LoggerMessage(6, LogLevel.Warning, "A statement waits for a lock on {Relation}; in the way: {Blockers}", EventName = "statement.blocked")]
    public static partial void StatementBlocked(ILogger logger, string relation, string blockers);

    [LoggerMessage(7, LogLevel.Information, "It waits no longer, after {WaitedMs:0} ms", EventName = "statement.unblocked")]
    public static partial void StatementUnblocked(ILogger logger, double waitedMs);

    [LoggerMessage(8, LogLevel.Debug, "Building {Relation}: {Phase}, {Done} of {Total}", EventName = "index.progress")]
    public static partial void IndexProgress(ILogger logger, string relation, string phase, long done, long total);

    [LoggerMessage(9, LogLevel.Warning, "{What}", EventName = "healed")]
    public static partial void Healed(ILogger logger, string what);

    [LoggerMessage(10, LogLevel.Information, "Step {Step} of {Version} had been begun by an interrupted run, and the server has finished it", EventName = "step.found-done")]
    public static partial void StepFoundDone(ILogger logger, int step, string version);

    [LoggerMessage(EventId = 11, Message = "{Severity} of the server: {Message}", EventName = "notice")]
    public static partial void Notice(ILogger logger, LogLevel level, string severity, string message);

    [LoggerMessage(12, LogLevel.Debug, "A statement answered with {Count} rows", EventName = "rows")]
    public static partial void Rows(ILogger logger, long count);

    [LoggerMessage(13, LogLevel.Debug, "{Verb} {Address}: {Bytes} bytes", EventName = "backup.progress")]
    public static partial void BackupProgress(ILogger logger, string verb, string address, long bytes);

    [LoggerMessage(14, LogLevel.Information, "Backup {Address} is made, {Bytes} bytes", EventName = "backup.made")]
    public static partial void BackupMade(ILogger logger, string address, long bytes);

    [LoggerMessage(15, LogLevel.Warning, "{File}, line {Line}: {Message}. {Mend}", EventName = "finding")]
    public static partial void Finding(ILogger logger, string file, int line, string message, string mend);

    [LoggerMessage(16, LogLevel.Information, "Skipped {File}: it is meant for {Environments}, and this is {Environment}", EventName = "migration.skipped")]
    public static partial void Skipped(ILogger logger, string file, string environments, string environment);

    [LoggerMessage(17, LogLevel.Information, "Applied {Count} migrations; {Applied} are applied in all", EventName = "run.finished")]
    public static partial void Finished(ILogger logger, int count, int applied);

    [LoggerMessage(18, LogLevel.Warning, "There is no migration in {Directory}", EventName = "folder.empty")]
    public static partial void Empty(ILogger logger, string directory);
}
