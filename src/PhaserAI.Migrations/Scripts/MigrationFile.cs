namespace PhaserAI.Migrations.Scripts;

/// <summary>A migration's file as found in the directory: its name fits, its bytes are read, nothing is parsed.</summary>
internal sealed record MigrationFile(MigrationVersion Version, string FileName, SourceText Text);
