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
