namespace PhaserAI.Migrations.Rehearsals;

/// <summary>What a rehearsal does next.</summary>
public enum RehearsalPhase
{
    /// <summary>The copy is being filled.</summary>
    Copying,

    /// <summary>The server looks at the copy's tables, as it has at the source's.</summary>
    Analyzing,

    /// <summary>Migrations are applied and measured.</summary>
    Up,

    /// <summary>They are taken back.</summary>
    Down,

    /// <summary>They are applied again.</summary>
    UpAgain,
}

/// <summary>A rehearsal comes to its next phase, or to the next migration of it.</summary>
/// <param name="Phase">What it does.</param>
/// <param name="FileName">The migration; null when it is about no single one.</param>
public sealed record RehearsalAdvanced(RehearsalPhase Phase, string? FileName) : MigrationEvent;

/// <summary>The copy of a rehearsal whose runner is gone was dropped.</summary>
/// <param name="Database">Its name.</param>
/// <param name="Comment">Who made it, and when.</param>
public sealed record LeftoverDropped(string Database, string? Comment) : MigrationEvent;

/// <summary>The copy could not be dropped.</summary>
/// <param name="Database">Its name.</param>
/// <param name="Reason">Why not.</param>
public sealed record CopyNotDropped(string Database, string Reason) : MigrationEvent;
