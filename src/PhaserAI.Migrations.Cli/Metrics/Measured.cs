namespace PhaserAI.Migrations.Cli.Metrics;

/// <summary>What a call is to metrics.</summary>
internal enum Measured
{
    /// <summary>It looks how things stand, and changes nothing.</summary>
    State,

    /// <summary>It migrates.</summary>
    Run,

    /// <summary>It makes a backup and nothing else.</summary>
    Backup,
}
