namespace PhaserAI.Migrations.History;

/// <summary>A finished step of a migration that is not finished yet.</summary>
/// <param name="Version">The migration.</param>
/// <param name="IsDown">Whether it was being taken back.</param>
/// <param name="Step">The step's number, from 1.</param>
/// <param name="Hash">What the step was made of.</param>
/// <param name="ElapsedMs">Milliseconds the migration took up to its end.</param>
internal sealed record Checkpoint(string Version, bool IsDown, int Step, string Hash, int ElapsedMs);
