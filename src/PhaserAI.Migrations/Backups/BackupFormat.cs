namespace PhaserAI.Migrations.Backups;

/// <summary>How pg_dump writes a backup.</summary>
public enum BackupFormat
{
    /// <summary>SQL, which psql reads: <c>backup_….sql</c>.</summary>
    Plain,

    /// <summary>pg_dump's compressed archive, which pg_restore reads: <c>backup_….dump</c>.</summary>
    Custom,
}
