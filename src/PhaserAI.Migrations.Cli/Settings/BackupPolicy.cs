namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>Whether an environment wants a backup before anything is changed.</summary>
internal enum BackupPolicy
{
    /// <summary>None is made.</summary>
    None,

    /// <summary>One is made where BACKUP_S3_BUCKET or BACKUP_DIR says where to.</summary>
    IfStoreIsSet,

    /// <summary>Nothing is changed without one, unless --no-backup says so.</summary>
    Required,
}
