using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations;

/// <summary>A migration whose row in the history changes.</summary>
/// <param name="Version">Its version.</param>
/// <param name="FileName">Its file; null when there is none.</param>
public sealed record HistoryChange(string Version, string? FileName)
{
    /// <summary>Whether the row is removed; else it says that the file is applied as it is now.</summary>
    public bool IsRemoved => Script is null;

    /// <summary>The file to record; null when the row is removed.</summary>
    internal MigrationScript? Script { get; init; }
}
