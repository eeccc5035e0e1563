namespace PhaserAI.Migrations;

/// <summary>Whether migrations are applied or taken back.</summary>
public enum MigrationDirection
{
    /// <summary>Apply UP sections, oldest first.</summary>
    Up,

    /// <summary>Run DOWN sections, newest first.</summary>
    Down,
}
