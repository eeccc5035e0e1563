using System.Collections.Immutable;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>The events of <c>--log-format json</c>: the one list that docs/reference/events.md is checked against.</summary>
internal static class LogEvents
{
    public static readonly LogEvent Note = new("note", "info", "Something that is no result, in `message`: what confirmed the run, what it destroys, that a server is being started");
    public static readonly LogEvent LockAwaited = new("lock.awaited", "warning", "Another run holds the lock; `blockers` says who");
    public static readonly LogEvent LockAcquired = new("lock.acquired", "info", "This run has waited for the lock and has it now: `durationMs`");
    public static readonly LogEvent BackupProgress = new("backup.progress", "info", "How far a backup or a restore is: `bytes`; every ten seconds");
    public static readonly LogEvent BackupMade = new("backup.made", "info", "A backup is whole in its store; `backup` is its address");
    public static readonly LogEvent MigrationStarted = new("migration.started", "info", "A migration begins; `number` of `count`");
    public static readonly LogEvent MigrationFinished = new("migration.finished", "info", "It and its history row are committed; `durationMs`");
    public static readonly LogEvent MigrationFailed = new("migration.failed", "error", "It stopped the run; `error`, `sqlState`, where, and in `message` what state is left. `outcome` is `failed` or `cancelled`");
    public static readonly LogEvent MigrationRetried = new("migration.retried", "warning", "It lost against other sessions, and is tried again after `delayMs`");
    public static readonly LogEvent StatementBlocked = new("statement.blocked", "warning", "A statement waits for a lock; `blockers` says for whom");
    public static readonly LogEvent StatementUnblocked = new("statement.unblocked", "info", "It waits no longer: it has the lock or has given up; `durationMs` of waiting");
    public static readonly LogEvent IndexProgress = new("index.progress", "info", "How far an index is that is being built: `percent` of a phase");
    public static readonly LogEvent StepFoundDone = new("step.found-done", "info", "What an interrupted run had begun, the server had finished");
    public static readonly LogEvent Healed = new("healed", "warning", "What an interrupted run had left was removed or finished: an INVALID index, a partition half detached, the copy of a killed rehearsal");
    public static readonly LogEvent Notice = new("notice", "info", "The server sent a notice, in `message`; a WARNING has the level `warning`");
    public static readonly LogEvent Rows = new("rows", "info", "A statement answered with rows; how many, in `count`. The rows themselves are not logged");
    public static readonly LogEvent Problem = new("problem", "error", "Why nothing is run: what is wrong with a file or the history, and in `next` how to mend it");
    public static readonly LogEvent Finding = new("finding", "warning", "What is worth knowing, but stops nothing");
    public static readonly LogEvent RunFinished = new("run.finished", "info", "`up` or `down` has ended; `count` migrations are done. `outcome` is `done`, `failed`, `cancelled`, `refused` or `unfinished`");
    public static readonly LogEvent Rehearsed = new("rehearsed", "info", "A migration was tried on a copy: `durationMs`, and in `message` what it would mean for others; a `warning` when that is a finding");
    public static readonly LogEvent HistoryChanged = new("history.changed", "info", "`baseline`, `repair`, `import` or `reset-history` has written the row of a migration, or with `outcome` `removed` has removed it");
    public static readonly LogEvent CallFailed = new("call.failed", "error", "The call ended before it had a result: `error`, `next`, `exitCode`");
    public static readonly LogEvent CallFinished = new("call.finished", "info", "The last line of each call: `exitCode`, and `durationMs` from its start");

    public static ImmutableArray<LogEvent> All { get; } =
    [
        Note, LockAwaited, LockAcquired, BackupProgress, BackupMade, MigrationStarted, MigrationFinished, MigrationFailed, MigrationRetried, StatementBlocked, StatementUnblocked, IndexProgress, StepFoundDone, Healed,
        Notice, Rows, Problem, Finding, RunFinished, Rehearsed, HistoryChanged, CallFailed, CallFinished,
    ];
}

/// <summary>A kind of line in the log.</summary>
/// <param name="Name">What <c>event</c> says.</param>
/// <param name="Level"><c>info</c>, <c>warning</c> or <c>error</c>.</param>
/// <param name="When">When it comes, for the reference.</param>
internal sealed record LogEvent(string Name, string Level, string When);
