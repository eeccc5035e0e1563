using System.Globalization;

namespace PhaserAI.Migrations.Aws;

/// <summary>What the tool calls the snapshots that it makes. The rights of the function are for these names, so PhaserAI.Migrations.Cdk compiles this file too.</summary>
internal static class RdsSnapshotName
{
    /// <summary>How all names of a database's snapshots begin.</summary>
    public static string PrefixFor(string database) => $"phaserai-{database}-";

    public static string At(string database, DateTimeOffset moment) =>
        PrefixFor(database) + moment.UtcDateTime.ToString("yyyyMMdd'-'HHmmss", CultureInfo.InvariantCulture);
}
