using System.Collections.Immutable;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Planning;

/// <summary>Puts files and history side by side.</summary>
internal static class StatusReader
{
    public static MigrationStatus Read(string database, ScriptSet scripts, HistorySnapshot history)
    {
        var migrations = new List<MigrationInfo>(scripts.Scripts.Length);
        var applied = history.Entries.ToDictionary(entry => entry.Version, StringComparer.Ordinal);
        var finishedSteps = history.Checkpoints.CountBy(checkpoint => checkpoint.Version, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        foreach (var script in scripts.Scripts)
        {
            var version = script.Version.ToString();
            migrations.Add(Describe(script, applied.GetValueOrDefault(version), finishedSteps.GetValueOrDefault(version), scripts.IsMeant(script)));
        }

        foreach (var version in applied.Keys.Union(finishedSteps.Keys, StringComparer.Ordinal))
        {
            if (scripts.Find(version) is null)
                migrations.Add(DescribeMissing(version, applied.GetValueOrDefault(version), finishedSteps.GetValueOrDefault(version)));
        }

        return new MigrationStatus(
            database,
            [.. migrations.OrderBy(migration => migration.Version, StringComparer.Ordinal)],
            scripts.Problems);
    }

    private static MigrationInfo Describe(MigrationScript script, HistoryEntry? entry, int finishedSteps, bool isMeant)
    {
        var state = finishedSteps > 0 ? MigrationState.Partial
            : entry is null ? (isMeant ? MigrationState.Pending : MigrationState.Skipped)
            : Drift.IsChanged(script, entry) ? MigrationState.Changed
            : MigrationState.Applied;
        return Info(
            script.Version.ToString(), script.FileName, script.Description, state, state is MigrationState.Partial ? null : entry, finishedSteps) with
        { Environments = script.Header.Environments };
    }

    private static MigrationInfo DescribeMissing(string version, HistoryEntry? entry, int finishedSteps) => finishedSteps > 0
        ? Info(version, null, entry?.Description ?? "", MigrationState.Partial, null, finishedSteps)
        : Info(version, null, entry?.Description ?? "", MigrationState.Missing, entry, 0);

    private static MigrationInfo Info(
        string version, string? fileName, string description, MigrationState state, HistoryEntry? entry, int finishedSteps) =>
        new(
            version,
            fileName,
            description,
            state,
            entry?.AppliedAt,
            entry?.ExecutionTimeMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
            finishedSteps);
}
