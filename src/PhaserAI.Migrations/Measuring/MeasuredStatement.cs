using System.Collections.Immutable;

namespace PhaserAI.Migrations.Measuring;

/// <summary>What a statement cost.</summary>
/// <param name="Sql">Its text, secrets masked.</param>
/// <param name="Command">What it is: <c>ALTER TABLE</c>.</param>
/// <param name="File">Where it stands.</param>
/// <param name="Line">1-based line of its first character.</param>
/// <param name="Kind">Whether it ran in a transaction.</param>
/// <param name="Duration">As the tool saw it, with the way to the server.</param>
public sealed record MeasuredStatement(string Sql, string Command, string File, int Line, StepKind Kind, TimeSpan Duration)
{
    /// <summary>What it added to the write-ahead log, with what else the server wrote meanwhile.</summary>
    public long WalBytes { get; init; }

    /// <summary>The locks that its transaction did not have before, strongest first; of each relation only the strongest.</summary>
    public ImmutableArray<HeldLock> Locks { get; init; } = [];

    /// <summary>Whether a lock of an index says nothing more than its table's.</summary>
    public bool IsImplied(HeldLock held) => held.Table is { } table && Locks.Any(other => other.Relation == table && other.Mode >= held.Mode);

    /// <summary>The tables and indexes that it worked on, those with most rows first.</summary>
    public ImmutableArray<TableWork> Tables { get; init; } = [];
}
