namespace PhaserAI.Migrations.Backups;

/// <summary>A scratch database whose runner is gone was dropped.</summary>
/// <param name="Database">Its name.</param>
/// <param name="Comment">What it was, who made it, and when.</param>
public sealed record ScratchLeftoverDropped(string Database, string? Comment) : MigrationEvent;

/// <summary>A scratch database could not be dropped.</summary>
/// <param name="Database">Its name.</param>
/// <param name="Reason">Why not.</param>
public sealed record ScratchNotDropped(string Database, string Reason) : MigrationEvent;
