using System.Globalization;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Imports;

/// <summary>
/// Gives the migrations of another tool their versions here. A version that is a date stays that date. Others get the time at which
/// they were applied, and where that is not known or would change the order, the second after the one before.
/// </summary>
internal static class ImportVersions
{
    private static readonly DateTimeOffset First = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="entries">In the tool's order: its version, when it was applied, and the version here when a file of it is there already.</param>
    public static MigrationVersion[] Allot(IReadOnlyList<(string Source, DateTimeOffset? AppliedAt, MigrationVersion? Known)> entries)
    {
        var own = entries.Select(entry => entry.Known ?? OfDate(entry.Source)).ToArray();
        if (own.All(version => version is not null) && IsAscending(own))
            return [.. own.Select(version => version!.Value)];

        var versions = new MigrationVersion[entries.Count];
        var next = First;
        for (var i = 0; i < entries.Count; i++)
        {
            var (_, appliedAt, known) = entries[i];
            versions[i] = known ?? MigrationVersion.From(appliedAt > next ? appliedAt.Value : next);
            next = After(versions[i], next);
        }

        return versions;
    }

    /// <summary>A version that is a date and perhaps a time: 20250101120000, 20250101, 2025.01.01.12.00.00, 20250101.1200, 20250101120000_AddEmail.</summary>
    internal static MigrationVersion? OfDate(string version)
    {
        var parts = version.Split('_')[0].Split('.');
        var digits = parts.Length == 1 ? parts[0]
            : parts[0].Length == 8 && parts.Length == 2 ? parts[0] + parts[1].PadLeft(parts[1].Length <= 4 ? 4 : 6, '0')
            : parts[0].Length == 4 ? parts[0] + string.Concat(parts[1..].Select(part => part.PadLeft(2, '0')))
            : "";
        if (digits.Length is not (8 or 12 or 14))
            return null;
        return DateTime.TryParseExact(digits.PadRight(14, '0'), "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            && MigrationVersion.TryParse($"{digits.PadRight(14, '0')[..8]}_{digits.PadRight(14, '0')[8..]}", out var date)
                ? date
                : null;
    }

    private static bool IsAscending(MigrationVersion?[] versions) =>
        versions.Zip(versions.Skip(1)).All(pair => pair.First!.Value < pair.Second!.Value);

    private static DateTimeOffset After(MigrationVersion version, DateTimeOffset least)
    {
        var second = DateTimeOffset.TryParseExact(version.ToString(), "yyyyMMdd_HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            && at < DateTimeOffset.MaxValue.AddDays(-1) ? at.AddSeconds(1) : least;
        return second > least ? second : least;
    }
}
