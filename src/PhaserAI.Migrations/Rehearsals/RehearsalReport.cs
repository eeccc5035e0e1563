using System.Collections.Immutable;

namespace PhaserAI.Migrations.Rehearsals;

/// <summary>How a rehearsal went. The copy that it speaks of is gone.</summary>
/// <param name="Plan">What is pending; nothing was copied when it has problems or no migrations.</param>
public sealed record RehearsalReport(MigrationPlan Plan)
{
    /// <summary>The backup that was copied; null for the database itself.</summary>
    public string? Backup { get; init; }

    /// <summary>The copy's database; null when none was made.</summary>
    public string? Copy { get; init; }

    /// <summary>Where it was.</summary>
    public string? Server { get; init; }

    /// <summary>Its size, before anything was run on it.</summary>
    public long CopyBytes { get; init; }

    /// <summary>What making it took.</summary>
    public TimeSpan CopyDuration { get; init; }

    /// <summary>The migrations that were applied, in order.</summary>
    public ImmutableArray<RehearsedMigration> Migrations { get; init; } = [];

    /// <summary>The run of the migration that failed the first time; nothing was run after it.</summary>
    public MigrationReport? Failed { get; init; }

    /// <summary>The run of the DOWN that failed; those of older migrations were not tried.</summary>
    public MigrationReport? DownFailed { get; init; }

    /// <summary>The run that failed when the migrations were applied again.</summary>
    public MigrationReport? UpAgainFailed { get; init; }

    /// <summary>The schema after the second time, beside the one after the first; null when it did not come to that.</summary>
    public SchemaDifference? AfterUpAgain { get; init; }

    /// <summary>Whether all of it could be taken back and applied again, with the schema that it should have each time.</summary>
    public bool IsReversible => DownFailed is null && UpAgainFailed is null && AfterUpAgain is not { IsEmpty: false } && Migrations.All(migration => migration.IsBroughtBack);
}
