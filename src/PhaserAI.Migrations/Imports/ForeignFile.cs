namespace PhaserAI.Migrations.Imports;

/// <summary>A migration of another tool among its files.</summary>
/// <param name="Version">Its version: Flyway's in its one form, of EF Core the whole MigrationId.</param>
/// <param name="Description">What the name says behind the version, fit for a file name.</param>
/// <param name="Path">Where the file is.</param>
/// <param name="Label">What messages call it.</param>
internal sealed record ForeignFile(string Version, string Description, string Path, string Label)
{
    /// <summary>The file's name.</summary>
    public string Name { get; } = System.IO.Path.GetFileName(Path);

    /// <summary>The file that takes it back, where the tool keeps that in a file of its own; null when there is none.</summary>
    public ForeignFile? Undo { get; init; }

    /// <summary>Flyway's settings of the script; null when there are none.</summary>
    public string? ConfPath { get; init; }
}
