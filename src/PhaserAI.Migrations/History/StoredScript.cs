namespace PhaserAI.Migrations.History;

/// <summary>A migration's DOWN as it was when the migration was applied.</summary>
/// <param name="FileName">The name its file had.</param>
/// <param name="DownSql">The statements of its DOWN section; null when it had none, or when it could not be kept.</param>
internal sealed record StoredScript(string FileName, string? DownSql);
