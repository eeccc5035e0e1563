using System.Globalization;
using System.Text.Json.Nodes;
using PhaserAI.Migrations.Backups;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>Backups in words, and as JSON.</summary>
internal static class BackupText
{
    /// <summary>The command that brings a backup back.</summary>
    /// <param name="commandName">How the tool is called.</param>
    /// <param name="backup">Its name or address.</param>
    public static string Restore(string commandName, string backup) => BackupAddress.Restore(backup) ?? $"{commandName} backup restore {Path.GetFileName(backup)} --replace";

    /// <summary><c>  … backing up to backups/backup_….sql: 120.0 MB, 45.2 MB/s</c>.</summary>
    public static string Progress(BackupProgress progress)
    {
        var rate = progress.Elapsed > TimeSpan.Zero ? $", {ByteText.Of(progress.Bytes / progress.Elapsed.TotalSeconds)}/s" : "";
        var share = progress.Total > 0 ? string.Create(CultureInfo.InvariantCulture, $" of {ByteText.Of(progress.Total)} ({100.0 * progress.Bytes / progress.Total:0} %)") : "";
        return $"  … {progress.Verb} {progress.Address}: {ByteText.Of(progress.Bytes)}{share}{rate}";
    }

    public static void Write(TextWriter writer, Style style, IReadOnlyList<StoredBackup> backups, string commandName)
    {
        if (backups.Count == 0)
        {
            writer.WriteLine($"There are none yet. Make the first one: {commandName} backup create");
            return;
        }

        var name = backups.Max(backup => backup.Name.Length);
        var database = Math.Max("DATABASE".Length, backups.Max(backup => TerminalWidth.Of(backup.Manifest?.Database ?? "")));
        writer.WriteLine(style.Dim($"  {"NAME".PadRight(name)}  {"AT (UTC)",-19}  {"DATABASE".PadRight(database)}  {"SCHEMA VERSION",-15}  {"SIZE",9}  {"ROWS",11}  FORMAT"));
        foreach (var backup in backups)
        {
            var at = (backup.Manifest?.CreatedAt ?? backup.Modified).ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            var size = ByteText.Of(backup.Length);
            writer.WriteLine(backup.Manifest is { } manifest
                ? $"  {backup.Name.PadRight(name)}  {at}  {TerminalWidth.Pad(Printable.Of(manifest.Database), database)}  {manifest.SchemaVersion ?? "none",-15}  {size,9}  {manifest.RowCount().ToString(CultureInfo.InvariantCulture),11}  {manifest.Format}"
                : $"  {backup.Name.PadRight(name)}  {at}  {"?".PadRight(database)}  {"?",-15}  {size,9}  {"?",11}  {style.Yellow("no manifest: what is in it is not known")}");
        }
    }

    public static JsonObject ToJson(string store, IReadOnlyList<StoredBackup> backups) => new()
    {
        ["store"] = store,
        ["backups"] = new JsonArray([.. backups.Select(backup => backup.Manifest is { } manifest
            ? ToJson(manifest, backup.Address)
            : new JsonObject { ["name"] = backup.Name, ["address"] = backup.Address, ["bytes"] = backup.Length, ["createdAt"] = backup.Modified, ["manifest"] = false })]),
    };

    public static JsonObject ToJson(BackupManifest manifest, string address) => new()
    {
        ["name"] = manifest.Name,
        ["address"] = address,
        ["bytes"] = manifest.Bytes,
        ["createdAt"] = manifest.CreatedAt,
        ["manifest"] = true,
        ["sha256"] = manifest.Sha256,
        ["format"] = manifest.Format,
        ["database"] = manifest.Database,
        ["schemaVersion"] = manifest.SchemaVersion,
        ["serverVersion"] = manifest.ServerVersion,
        ["dumpVersion"] = manifest.DumpVersion,
        ["tool"] = manifest.Tool,
        ["environment"] = manifest.Environment,
        ["gitCommit"] = manifest.GitCommit,
        ["rows"] = manifest.RowCount(),
        ["tables"] = new JsonArray([.. manifest.Tables.Select(table => new JsonObject { ["table"] = table.Table, ["rows"] = table.Rows })]),
    };

    public static string Count(long number, string thing) => string.Create(CultureInfo.InvariantCulture, $"{number} {thing}{(number == 1 ? "" : "s")}");
}
