using System.Globalization;

namespace PhaserAI.Migrations.Backups;

/// <summary>Names of backups: <c>backup_20250104_095000.sql</c> with its manifest <c>backup_20250104_095000.json</c>; the time is UTC.</summary>
internal static class BackupName
{
    private const string Manifest = ".json";
    private const string Time = "yyyyMMdd_HHmmss";

    public static string Of(DateTimeOffset time, BackupFormat format) =>
        $"backup_{time.UtcDateTime.ToString(Time, CultureInfo.InvariantCulture)}{(format is BackupFormat.Plain ? ".sql" : ".dump")}";

    /// <summary>The name of a backup's manifest.</summary>
    public static string ManifestOf(string name) => Path.ChangeExtension(name, Manifest);

    /// <summary>Whether it is the name of a backup; a manifest is none.</summary>
    public static bool IsBackup(string name) => Path.GetExtension(name) is ".sql" or ".dump" && IsStem(Path.ChangeExtension(name, null));

    public static bool IsManifest(string name) => Path.GetExtension(name) is Manifest && IsStem(Path.ChangeExtension(name, null));

    public static BackupFormat FormatOf(string name) => name.EndsWith(".dump", StringComparison.Ordinal) ? BackupFormat.Custom : BackupFormat.Plain;

    private static bool IsStem(string stem) =>
        stem is ['b', 'a', 'c', 'k', 'u', 'p', '_', .. var time] && DateTime.TryParseExact(time, Time, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}
