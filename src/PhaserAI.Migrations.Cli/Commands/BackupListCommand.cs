using System.CommandLine;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>backup list</c>.</summary>
internal static class BackupListCommand
{
    public static Command Create(CommandLine line)
    {
        var command = new Command("list", "Show what backups there are, newest last.");
        line.Handle(command, async (call, cancellationToken) =>
        {
            var store = BackupStores.Choose(call);
            call.Reporter.Backups(store.Address, await new BackupCatalog(store).ListAsync(cancellationToken));
            return ExitCode.Done;
        },
        new Example("backup list", "Those in BACKUP_S3_BUCKET, else in the folder backups."));
        return command;
    }
}
