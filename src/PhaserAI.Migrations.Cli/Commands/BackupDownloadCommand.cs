using System.CommandLine;
using System.Text.Json.Nodes;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>backup download NAME</c>.</summary>
internal static class BackupDownloadCommand
{
    public static Command Create(CommandLine line)
    {
        var name = BackupContents.Argument("The backup, as backup list names it, or latest.");
        var to = new Option<string?>("--to") { Description = "The file; without it, one of the backup's name in the current folder.", HelpName = "FILE" };
        var command = new Command("download", "Bring a backup into a file, and check it against its SHA-256.") { name, to };
        line.Handle(command, async (call, cancellationToken) =>
        {
            var content = await BackupContent.OfStoreAsync(BackupStores.Choose(call), call.Parsed.GetValue(name)!, cancellationToken);
            var file = Path.GetFullPath(call.Parsed.GetValue(to) ?? content.Backup.Name, call.Host.CurrentDirectory);
            if (Directory.Exists(file))
                file = Path.Combine(file, content.Backup.Name);
            await new BackupDownload(content, call.Host.TimeProvider, call.Reporter).SaveAsync(file, cancellationToken);
            var shown = ProjectFolder.Shorten(file, call.Host.CurrentDirectory);
            var isChecked = content.Backup.Manifest is not null;
            call.Reporter.Answer(
                $"{shown}: {ByteText.Of(content.Backup.Length)}, {(isChecked ? "checked" : "not checked: it has no manifest")}.",
                new JsonObject { ["file"] = shown, ["name"] = content.Backup.Name, ["bytes"] = content.Backup.Length, ["sha256"] = content.Backup.Manifest?.Sha256 });
            return ExitCode.Done;
        },
        new Example("backup download latest --to /tmp/", "The newest one."));
        return command;
    }
}
