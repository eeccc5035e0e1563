using System.CommandLine;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>backup verify NAME</c>.</summary>
internal static class BackupVerifyCommand
{
    public static Command Create(CommandLine line)
    {
        var name = BackupContents.Argument("The backup, as backup list names it, latest, or a file.");
        name.DefaultValueFactory = _ => "latest";
        var command = new Command("verify", "Prove a backup: check it, restore it into a scratch database on the same server, count its rows, drop that again.") { name };
        line.Handle(command, async (call, cancellationToken) =>
        {
            var options = await call.BackupsAsync("backup verify", cancellationToken);
            var content = await BackupContents.FindAsync(call, call.Parsed.GetValue(name)!, options.Store, (call.Target!.Database, options.Environment), cancellationToken);
            var manifest = await new BackupVerification(options, call.Reporter).RunAsync(content, cancellationToken);
            var document = BackupText.ToJson(manifest, content.Backup.Address);
            document["verified"] = true;
            call.Reporter.Answer(
                $"{content.Backup.Address} is whole and can be restored: {BackupText.Count(manifest.Tables.Length, "table")}, {BackupText.Count(manifest.RowCount(), "row")}, schema version {manifest.SchemaVersion ?? "none"}.",
                document);
            return ExitCode.Done;
        },
        new("backup verify", "The newest one."),
        new("backup verify backup_20250104_095000.sql", "This one."));
        return command;
    }
}
