namespace PhaserAI.Migrations.Cdk;

/// <summary>What of RDS the function relies on before it changes the database: <c>MIGRATE_RDS_BACKUP</c>.</summary>
public enum RdsBackup
{
    /// <summary>A snapshot is made and waited for.</summary>
    Snapshot,

    /// <summary>Point-in-time recovery must be possible up to a few minutes ago; nothing is made.</summary>
    Pitr,

    /// <summary>No backup. The log of migrations says so.</summary>
    None,
}
