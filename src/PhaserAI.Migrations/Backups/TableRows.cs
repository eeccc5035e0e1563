namespace PhaserAI.Migrations.Backups;

/// <summary>A table of a backup.</summary>
/// <param name="Table">Its qualified name, quoted where SQL wants it.</param>
/// <param name="Rows">How many rows it has, those of its partitions and heirs not counted.</param>
public sealed record TableRows(string Table, long Rows);
