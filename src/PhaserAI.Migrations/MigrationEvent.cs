using System.Collections.Immutable;

namespace PhaserAI.Migrations;

/// <summary>Something that happens during a run, in the order in which it happens.</summary>
public abstract record MigrationEvent
{
    private protected MigrationEvent()
    {
    }
}

/// <summary>Another run holds the lock; this one waits.</summary>
/// <param name="Holder">Who holds it, as far as the server says; null when it has just let go.</param>
public sealed record LockAwaited(LockHolder? Holder) : MigrationEvent;

/// <summary>This run has waited for another one, and has the lock now.</summary>
/// <param name="Waited">For how long.</param>
public sealed record LockAcquired(TimeSpan Waited) : MigrationEvent;

/// <summary>A migration begins.</summary>
/// <param name="Version">Its version.</param>
/// <param name="FileName">Its file.</param>
/// <param name="Direction">Up or down.</param>
/// <param name="Number">Its place in the run, from 1.</param>
/// <param name="Count">How many the run has.</param>
public sealed record MigrationStarted(string Version, string FileName, MigrationDirection Direction, int Number, int Count) : MigrationEvent;

/// <summary>A migration and its history row are committed.</summary>
/// <param name="Version">Its version.</param>
/// <param name="FileName">Its file.</param>
/// <param name="Direction">Up or down.</param>
/// <param name="Duration">What it took.</param>
public sealed record MigrationFinished(string Version, string FileName, MigrationDirection Direction, TimeSpan Duration) : MigrationEvent;

/// <summary>A transaction met a lock, a deadlock or a serialization failure; it was rolled back and will be run again.</summary>
/// <param name="Version">The migration.</param>
/// <param name="SqlState">55P03, 40P01 or 40001.</param>
/// <param name="Message">The server's message.</param>
/// <param name="Delay">How long the run waits before the next attempt.</param>
public sealed record MigrationRetried(string Version, string SqlState, string Message, TimeSpan Delay) : MigrationEvent
{
    /// <summary>Who was in the way, as far as it was seen before the server gave up.</summary>
    public ImmutableArray<LockHolder> Blockers { get; init; } = [];
}

/// <summary>A statement waits for locks of other sessions; told once for each set of them.</summary>
/// <param name="Lock">The kind of lock that it waits for, as pg_locks names it; null when it is no longer waiting.</param>
/// <param name="Relation">The table or index; null when it waits for a row or for a transaction to end.</param>
/// <param name="Blockers">Who is in the way.</param>
public sealed record StatementBlocked(string? Lock, string? Relation, ImmutableArray<LockHolder> Blockers) : MigrationEvent
{
    /// <summary>How long it has waited by now, as the server says; zero where it does not.</summary>
    public TimeSpan Waited { get; init; }
}

/// <summary>A statement that was told to be blocked waits no longer: it has the locks, or has given up.</summary>
/// <param name="Waited">How long it has waited.</param>
public sealed record StatementUnblocked(TimeSpan Waited) : MigrationEvent;

/// <summary>How far a session is that builds an index: one of this run, or one that it waits for.</summary>
/// <param name="ProcessId">Its pid on the server.</param>
/// <param name="Relation">The index or its table; null when the server does not show it.</param>
/// <param name="Phase">What it does, in the words of pg_stat_progress_create_index.</param>
/// <param name="Done">How many blocks, rows or other transactions of this phase are done with.</param>
/// <param name="Total">How many there are; 0 when the phase does not count.</param>
public sealed record IndexBuildProgress(int ProcessId, string? Relation, string Phase, long Done, long Total) : MigrationEvent
{
    /// <summary>How much of the phase is done; null when it does not count.</summary>
    public double? Percent => Total > 0 ? Math.Min(100, 100.0 * Done / Total) : null;

    /// <summary>Whether it waits for nobody's lock.</summary>
    public bool IsWorking { get; init; }
}

/// <summary>An INVALID index that an interrupted CREATE INDEX CONCURRENTLY had left was dropped; it is built again.</summary>
/// <param name="Name">Its qualified name.</param>
public sealed record InvalidIndexDropped(string Name) : MigrationEvent;

/// <summary>A partition that an interrupted DETACH PARTITION … CONCURRENTLY had left pending was detached with FINALIZE.</summary>
/// <param name="Table">The partitioned table, as the script names it.</param>
/// <param name="Partition">The partition, as the script names it.</param>
public sealed record DetachFinalized(string Table, string Partition) : MigrationEvent;

/// <summary>A step that an interrupted run had begun turned out to be done: the server had finished it. It is not run again.</summary>
/// <param name="Version">The migration.</param>
/// <param name="Step">The step's number, from 1.</param>
public sealed record StepFoundDone(string Version, int Step) : MigrationEvent;

/// <summary>The server sent a notice: RAISE NOTICE, "already exists, skipping".</summary>
/// <param name="Severity">NOTICE, WARNING, INFO …</param>
/// <param name="Message">Its text.</param>
public sealed record NoticeReceived(string Severity, string Message) : MigrationEvent;

/// <summary>A statement of a script answered with rows.</summary>
/// <param name="Columns">The columns' names.</param>
/// <param name="Rows">The first rows, as text; null is SQL's NULL. Long values are cut, and end with an ellipsis.</param>
/// <param name="RowCount">How many rows there were in all.</param>
public sealed record RowsReturned(
    ImmutableArray<string> Columns, ImmutableArray<ImmutableArray<string?>> Rows, long RowCount) : MigrationEvent;
