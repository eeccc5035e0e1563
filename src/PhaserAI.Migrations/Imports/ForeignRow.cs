namespace PhaserAI.Migrations.Imports;

/// <summary>A row of another tool's history.</summary>
/// <param name="Version">As stored; null for what has none: Flyway's repeatable migrations.</param>
/// <param name="AppliedAt">Null when the tool does not keep it.</param>
/// <param name="ElapsedMs">Null when the tool does not keep it.</param>
internal sealed record ForeignRow(string? Version, DateTimeOffset? AppliedAt = null, int? ElapsedMs = null)
{
    /// <summary>Flyway's type: SQL, JDBC, BASELINE, …</summary>
    public string Type { get; init; } = "SQL";

    /// <summary>The script as Flyway names it.</summary>
    public string Script { get; init; } = "";

    /// <summary>Flyway's CRC-32 of the file; null when there is none.</summary>
    public int? Checksum { get; init; }

    public bool Succeeded { get; init; } = true;
}
