using System.CommandLine;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Metrics;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>backup create</c>.</summary>
internal static class BackupCreateCommand
{
    public static Command Create(CommandLine line)
    {
        var format = new Option<string?>("--format") { Description = "plain (the default): SQL for psql. custom: a compressed archive for pg_restore.", HelpName = "plain|custom" };
        var noOwner = new Option<bool>("--no-owner") { Description = "Leave out whose each object is and who may do what with it: all belongs to whoever restores it." };
        var command = new Command("create", "Back the database up now.") { format, noOwner };
        line.Handle(command, async (call, cancellationToken) =>
        {
            var form = call.Parsed.GetValue(format)?.ToLowerInvariant() switch
            {
                null or "plain" => BackupFormat.Plain,
                "custom" => BackupFormat.Custom,
                var other => throw new UsageException($"there is no format \"{other}\"", "Use --format plain or --format custom."),
            };
            call.Measure(Measured.Backup);
            var options = await call.BackupsAsync("backup create", cancellationToken);
            var manifest = await new BackupWriter(options, call.Progress).CreateAsync(form, !call.Parsed.GetValue(noOwner), cancellationToken);
            var address = options.Store.AddressOf(manifest.Name);
            call.Reporter.Answer(
                $"{call.Target!.Database}, schema version {manifest.SchemaVersion ?? "none"}: {BackupText.Count(manifest.Tables.Length, "table")}, {BackupText.Count(manifest.RowCount(), "row")}. To bring it back: {BackupText.Restore(call.Host.CommandName, manifest.Name)}",
                BackupText.ToJson(manifest, address));
            return ExitCode.Done;
        },
        new("backup create", "Into BACKUP_S3_BUCKET, else into the folder backups."),
        new("backup create --format custom", "Compressed; pg_restore reads it."));
        return command;
    }
}
