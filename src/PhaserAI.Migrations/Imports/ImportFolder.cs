namespace PhaserAI.Migrations.Imports;

/// <summary>A folder with another tool's files.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Label">What messages call it.</param>
public sealed record ImportFolder(string Path, string Label);
