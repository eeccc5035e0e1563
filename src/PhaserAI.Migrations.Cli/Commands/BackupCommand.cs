using System.CommandLine;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>backup create|list|download|restore|verify|prune</c>.</summary>
internal static class BackupCommand
{
    public static Command Create(CommandLine line) => line.Show(
        Of(line),
        new("backup create", "Make one."),
        new("backup list", "Show what there is."),
        new("backup restore latest --database phaserai_copy", "Restore the newest into a new database."));

    private static Command Of(CommandLine line) => new("backup", "Make, list and restore backups of the database: in BACKUP_S3_BUCKET, else in a folder.")
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
