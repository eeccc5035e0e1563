using System.CommandLine;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>backup create|list|download|restore|verify|prune</c>.</summary>
internal static class BackupCommand
{
    public static Command Create(CommandLine line) => new("backup", "Make, list and restore backups of the database: in BACKUP_S3_BUCKET, else in a folder.")
    {
        BackupCreateCommand.Create(line),
        BackupListCommand.Create(line),
        BackupInfoCommand.Create(line),
        BackupDownloadCommand.Create(line),
        BackupRestoreCommand.Create(line),
        BackupVerifyCommand.Create(line),
        BackupPruneCommand.Create(line),
    };
}
