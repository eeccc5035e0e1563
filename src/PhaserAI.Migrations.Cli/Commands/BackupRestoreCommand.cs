using System.CommandLine;
using System.Text.Json.Nodes;
using Npgsql;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>backup restore NAME</c>.</summary>
internal static class BackupRestoreCommand
{
    public static Command Create(CommandLine line)
    {
        var name = BackupContents.Argument("The backup, as backup list names it, latest, or a file.");
        var database = new Option<string?>("--database") { Description = "The database to restore into; it is made when it does not exist. Without it, the one that is set.", HelpName = "NAME" };
        var replace = new Option<bool>("--replace") { Description = "Replace the database: restore beside it, then swap the names. What was there is kept under another name." };
        var force = new Option<bool>("--force") { Description = "With --replace: end the sessions of others in the database." };
        var noOwner = new Option<bool>("--no-owner") { Description = "Of a custom backup, leave out whose each object is: all belongs to you." };
        var command = new Command("restore", "Bring a backup back: into an empty database, or with --replace in the place of one.") { name, database, replace, force, noOwner };
        line.Handle(command, async (call, cancellationToken) =>
        {
            var options = await call.BackupsAsync("backup restore", cancellationToken);
            var target = call.Target!;
            var own = (target.Database, options.Environment);
            if (call.Parsed.GetValue(database) is { } other)
            {
                target = target with { Database = other };
                options = options with { ConnectionString = new NpgsqlConnectionStringBuilder(options.ConnectionString) { Database = other }.ConnectionString, IsOtherDatabase = true };
            }

            var content = await BackupContents.FindAsync(call, call.Parsed.GetValue(name)!, options.Store, own, cancellationToken);
            var restore = new BackupRestore(options, call.Reporter);
            var withOwners = !call.Parsed.GetValue(noOwner);
            if (!call.Parsed.GetValue(replace))
            {
                Show(call, await restore.IntoEmptyAsync(content, withOwners, cancellationToken), target);
                return ExitCode.Done;
            }

            var typed = $"backup restore {call.Parsed.GetValue(name)}{(options.IsOtherDatabase ? $" --database {target.Database}" : "")} --replace"
                + (call.Parsed.GetValue(force) ? " --force" : "") + (withOwners ? "" : " --no-owner");
            var reason = call.Settings.Rules.MustConfirm
                ? await Confirmation.RequireAsync(call, target, typed, writer => Warn(writer, content.Backup, target), cancellationToken)
                : null;
            Show(call, await restore.ReplaceAsync(content, call.Parsed.GetValue(force), withOwners, reason, cancellationToken), target);
            return ExitCode.Done;
        },
        new("backup restore latest --database phaserai_copy", "Into a new database."),
        new("backup restore backup_20250104_095000.sql --replace", "In the place of the database, which is kept under another name."));
        return command;
    }

    private static void Warn(TextWriter writer, StoredBackup backup, TargetInfo target)
    {
        writer.WriteLine($"This replaces {target} by {backup.Address}:");
        writer.WriteLine(backup.Manifest is { } manifest
            ? $"  {manifest.Database} as of {manifest.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z, schema version {manifest.SchemaVersion ?? "none"}, {BackupText.Count(manifest.RowCount(), "row")}"
            : "  it has no manifest: what is in it is not known");
        writer.WriteLine("  What was written since then is not in it. The database as it is now is kept under another name.");
    }

    private static void Show(Call call, RestoreReport report, TargetInfo target)
    {
        var kept = report.Kept is null ? "" : $"\nWhat was there before is kept as the database {report.Kept}. When you are sure: dropdb -h {target.Host} -p {target.Port} -U {target.User} {report.Kept}";
        call.Reporter.Answer(
            $"Restored {report.Backup.Address} into {target with { Database = report.Database }} in {TextReporter.Duration(report.Elapsed)}.{kept}",
            new JsonObject
            {
                ["database"] = report.Database,
                ["backup"] = report.Backup.Address,
                ["schemaVersion"] = report.Backup.Manifest?.SchemaVersion,
                ["kept"] = report.Kept,
                ["durationMs"] = report.Elapsed.TotalMilliseconds,
            });
    }
}
