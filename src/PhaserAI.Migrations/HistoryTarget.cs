using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations;

/// <summary>What is to be written into a history without running a script.</summary>
public sealed record HistoryTarget
{
    private HistoryTarget(string action, string? version)
    {
        Action = action;
        Version = version;
    }

    /// <summary>Each applied file that was edited is recorded as it is now.</summary>
    public static HistoryTarget EditedFiles { get; } = new("repair", null);

    /// <summary>
    /// The history says of every file that it is applied as it is now, and of nothing else. Only for databases whose
    /// data nobody misses: dev and test.
    /// </summary>
    public static HistoryTarget AllFiles { get; } = new("reset-history", null);

    /// <summary>What the log calls it: <c>baseline</c>, <c>repair</c>, <c>repair --applied</c>, <c>repair --not-applied</c>, <c>reset-history</c>.</summary>
    public string Action { get; }

    /// <summary>Which migration; null for <see cref="EditedFiles"/> and <see cref="AllFiles"/>.</summary>
    public string? Version { get; }

    /// <summary>The migrations up to and including <paramref name="version"/> are applied: the database was made otherwise.</summary>
    public static HistoryTarget Baseline(MigrationVersion version) => new("baseline", version.ToString());

    /// <summary>This one is applied.</summary>
    public static HistoryTarget Applied(MigrationVersion version) => new("repair --applied", version.ToString());

    /// <summary>This one is not applied. Rows of other tools have versions of any form.</summary>
    public static HistoryTarget NotApplied(string version) => new("repair --not-applied", version);
}
