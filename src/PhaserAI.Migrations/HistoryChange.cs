using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations;

/// <summary>A migration whose row in the history changes.</summary>
/// <param name="Version">Its version.</param>
/// <param name="FileName">Its file; null when there is none.</param>
public sealed record HistoryChange(string Version, string? FileName)
{
    /// <summary>The file to record; null when the row is removed.</summary>
    internal MigrationScript? Script { get; init; }
}
