using System.Collections.Immutable;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Planning;

/// <summary>Decides what <c>baseline</c>, <c>repair</c> and <c>reset-history</c> write, from the files and the history alone.</summary>
internal static class HistoryPlanner
{
    /// <param name="target">What is asked for.</param>
    /// <param name="scripts">The files.</param>
    /// <param name="history">What is applied.</param>
    /// <param name="stored">The texts of edited files as they were applied, by version.</param>
    public static HistoryPlan Plan(
        HistoryTarget target, ScriptSet scripts, HistorySnapshot history, IReadOnlyDictionary<string, StoredScript> stored)
    {
        var problems = (target.Action is "repair --not-applied" ? [] : scripts.Problems).ToBuilder();
        HistoryChange[] changes = target switch
        {
            { Action: "baseline" } => [.. PlanBaseline(target.Version!, scripts, history, problems)],
            { Action: "repair --applied" } => [.. PlanApplied(target.Version!, scripts, history)],
            { Action: "repair --not-applied" } => [.. PlanNotApplied(target.Version!, scripts, history)],
            { Action: "reset-history" } => [.. PlanReset(scripts, history)],
            _ => [.. FindEdited(scripts, history).Select(ToChange)],
        };
        var differences = target.Version is null
            ? FindEdited(scripts, history).Select(script => Validation.Compare(script, stored.GetValueOrDefault(script.Version.ToString())))
            : [];
        return new HistoryPlan(target, [.. changes], problems.ToImmutable(), [.. differences]);
    }

    /// <summary>The applied files that are no longer what was applied, be it in their comments alone.</summary>
    public static IEnumerable<MigrationScript> FindEdited(ScriptSet scripts, HistorySnapshot history)
    {
        var partial = PartialVersions(history);
        return from entry in history.Entries
               where entry.HasChecksum && !partial.Contains(entry.Version)
               let script = scripts.Find(entry.Version)
               where script is not null && script.Checksum != entry.Checksum
               select script;
    }

    /// <summary>Rows that are there already stay; they must not say anything else than the baseline does.</summary>
    private static IEnumerable<HistoryChange> PlanBaseline(
        string version, ScriptSet scripts, HistorySnapshot history, ImmutableArray<ScriptProblem>.Builder problems)
    {
        if (scripts.Find(version) is null)
            throw KnownVersions.Unknown(version, scripts, history);
        var partial = PartialVersions(history);
        foreach (var half in partial.Order(StringComparer.Ordinal))
            problems.Add(Problem(scripts.Path, $"{half} is half done, so the history says more than a baseline", "Run up or down to finish it first."));
        foreach (var entry in history.Entries)
        {
            if (string.CompareOrdinal(entry.Version, version) > 0)
                problems.Add(Problem(scripts.Path, $"{entry.Version} is applied already, and it is later than {version}", $"Name {entry.Version} or a later version; to record a single migration, use repair --applied."));
            else if (scripts.Find(entry.Version) is { } script && Drift.IsChanged(script, entry))
                problems.Add(Problem(script.Text.File, $"{entry.Version} is applied already, with other SQL than this file has", "Undo the edit, or run repair first."));
        }

        var applied = history.Entries.Select(entry => entry.Version).ToHashSet(StringComparer.Ordinal);
        return scripts.Scripts
            .Where(script => string.CompareOrdinal(script.Version.ToString(), version) <= 0 && !applied.Contains(script.Version.ToString()) && scripts.IsMeant(script))
            .Select(ToChange);
    }

    /// <summary>Rows that say already what they are to say are left alone, with the time at which they were applied.</summary>
    private static IEnumerable<HistoryChange> PlanReset(ScriptSet scripts, HistorySnapshot history)
    {
        var entries = history.Entries.ToDictionary(entry => entry.Version, StringComparer.Ordinal);
        var partial = PartialVersions(history);
        var recorded = from script in scripts.Scripts
                       let version = script.Version.ToString()
                       let entry = entries.GetValueOrDefault(version)
                       where entry is null ? scripts.IsMeant(script) || partial.Contains(version)
                           : partial.Contains(version) || entry.Checksum != script.Checksum || entry.TokenChecksum is null
                       select ToChange(script);
        var removed = from version in entries.Keys.Union(partial, StringComparer.Ordinal)
                      where scripts.Find(version) is null
                      select new HistoryChange(version, null);
        return recorded.Concat(removed).OrderBy(change => change.Version, StringComparer.Ordinal);
    }

    private static IEnumerable<HistoryChange> PlanApplied(string version, ScriptSet scripts, HistorySnapshot history)
    {
        var script = scripts.Find(version) ?? throw KnownVersions.Unknown(version, scripts, history);
        var isApplied = history.Entries.Any(entry => entry.Version == version) && !PartialVersions(history).Contains(version);
        return isApplied ? [] : [ToChange(script)];
    }

    private static IEnumerable<HistoryChange> PlanNotApplied(string version, ScriptSet scripts, HistorySnapshot history)
    {
        var file = scripts.Find(version)?.FileName;
        if (history.Entries.Any(entry => entry.Version == version) || PartialVersions(history).Contains(version))
            return [new HistoryChange(version, file)];
        return file is null ? throw KnownVersions.Unknown(version, scripts, history) : [];
    }

    private static HashSet<string> PartialVersions(HistorySnapshot history) =>
        history.Checkpoints.Concat(history.Started).Select(checkpoint => checkpoint.Version).ToHashSet(StringComparer.Ordinal);

    private static HistoryChange ToChange(MigrationScript script) => new(script.Version.ToString(), script.FileName) { Script = script };

    private static ScriptProblem Problem(string file, string message, string mend) => new(file, 0, 0, message, mend);
}
