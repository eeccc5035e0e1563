using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations;

/// <summary>Where a migration stands.</summary>
public enum MigrationState
{
    /// <summary>In the history, and its file is what was applied.</summary>
    Applied,

    /// <summary>Not in the history.</summary>
    Pending,

    /// <summary>In the history, but its file is gone.</summary>
    Missing,

    /// <summary>In the history, but the SQL of its file is no longer what was applied.</summary>
    Changed,

    /// <summary>An interrupted run has finished some of its steps.</summary>
    Partial,

    /// <summary>Not in the history, and not going to be: its header names other environments.</summary>
    Skipped,
}

/// <summary>A migration and where it stands.</summary>
/// <param name="Version">Its version.</param>
/// <param name="FileName">Its file; null when it is missing.</param>
/// <param name="Description">What it does.</param>
/// <param name="State">Where it stands.</param>
/// <param name="AppliedAt">When it was applied; null when it is not, or when the history does not say.</param>
/// <param name="ExecutionTime">What that took on the server; null as above.</param>
/// <param name="FinishedSteps">For <see cref="MigrationState.Partial"/>: how many steps are done.</param>
public sealed record MigrationInfo(
    string Version,
    string? FileName,
    string Description,
    MigrationState State,
    DateTimeOffset? AppliedAt,
    TimeSpan? ExecutionTime,
    int FinishedSteps)
{
    /// <summary>The environments that its header names; null when it is meant for all of them, or its file is gone.</summary>
    public ImmutableArray<string>? Environments { get; init; }
}

/// <summary>Every migration that the files or the history know, by version.</summary>
/// <param name="Database">The database's name.</param>
/// <param name="Migrations">Ordered by version.</param>
/// <param name="Problems">What is wrong with the folder or with pending files.</param>
public sealed record MigrationStatus(
    string Database, ImmutableArray<MigrationInfo> Migrations, ImmutableArray<ScriptProblem> Problems)
{
    /// <summary>How many migrations are in a state.</summary>
    public int Count(MigrationState state) => Migrations.Count(migration => migration.State == state);

    /// <summary>How many are still to be applied, or to be applied in part.</summary>
    public int NotApplied => Count(MigrationState.Pending) + Count(MigrationState.Partial);
}
