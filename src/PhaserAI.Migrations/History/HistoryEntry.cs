namespace PhaserAI.Migrations.History;

/// <summary>A row of <c>schema_migrations</c>.</summary>
/// <param name="Version">As stored; rows of other tools need not fit <c>YYYYMMDD_HHMMSS</c>.</param>
/// <param name="AppliedAt">Null when the row has none.</param>
/// <param name="Checksum">SHA-256 of the text as applied; null or 32 hexadecimal digits in rows of earlier runners.</param>
/// <param name="ExecutionTimeMs">Milliseconds on the server; null when the script recorded itself elsewhere.</param>
/// <param name="Description">What the migration did.</param>
/// <param name="TokenChecksum">SHA-256 of its tokens as applied; null in rows of earlier runners.</param>
internal sealed record HistoryEntry(
    string Version, DateTimeOffset? AppliedAt, string? Checksum, int? ExecutionTimeMs, string? Description, string? TokenChecksum)
{
    /// <summary>Whether the row says what the script looked like; if not, its file is taken as it is.</summary>
    public bool HasChecksum => Checksum?.Trim().Length == 64;
}
