using System.Collections.Immutable;

namespace PhaserAI.Migrations.History;

/// <summary>What the database says about migrations at one moment.</summary>
/// <param name="Entries">The history, ordered by version; empty when there is no table.</param>
/// <param name="Checkpoints">Finished steps of unfinished migrations, ordered by version and step.</param>
internal sealed record HistorySnapshot(ImmutableArray<HistoryEntry> Entries, ImmutableArray<Checkpoint> Checkpoints)
{
    /// <summary>Steps in autocommit that were begun and never recorded as finished: the server may have finished them all the same.</summary>
    public ImmutableArray<Checkpoint> Started { get; init; } = [];

    /// <summary>The database's name; null in a snapshot that is of none.</summary>
    public string? Database { get; init; }

    public static HistorySnapshot Empty { get; } = new([], []);
}
