using System.Collections.Immutable;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Planning;

/// <summary>Compares files and history, and says all that is to be said about them.</summary>
internal static class Validation
{
    /// <summary>The applied files whose SQL is no longer what was applied: their stored texts are worth reading.</summary>
    public static IEnumerable<string> FindChanged(ScriptSet scripts, HistorySnapshot history) =>
        history.Entries.Where(entry => scripts.Find(entry.Version) is { } script && Drift.IsChanged(script, entry)).Select(entry => entry.Version);

    /// <param name="database">The database's name.</param>
    /// <param name="scripts">The files.</param>
    /// <param name="history">What is applied.</param>
    /// <param name="policy">What of the differences is a problem.</param>
    /// <param name="stored">The texts of changed files as they were applied, by version.</param>
    public static ValidationReport Validate(
        string database, ScriptSet scripts, HistorySnapshot history, DriftPolicy policy, IReadOnlyDictionary<string, StoredScript> stored)
    {
        var plan = MigrationPlanner.PlanUp(scripts, history, null, policy);
        var findings = plan.Findings.Except(Drift.SummarizeEdited(scripts, history)).ToImmutableArray().ToBuilder();
        findings.AddRange(Drift.FindEdited(scripts, history).Select(Drift.Edited));
        findings.AddRange(FindPartial(scripts, history));
        findings.AddRange(FindBadDown(scripts, history));
        return new ValidationReport(
            database,
            history.Entries.Length,
            plan.Problems,
            [.. findings.Distinct()],
            [.. FindChanged(scripts, history).Select(version => Compare(scripts.Find(version)!, stored.GetValueOrDefault(version)))]);
    }

    /// <summary>How a file differs from what was applied.</summary>
    public static ScriptDifference Compare(MigrationScript script, StoredScript? stored)
    {
        var (version, file) = (script.Version.ToString(), script.Text.File);
        if (stored is null)
            return new ScriptDifference(version, file, [], "no text of what was applied is stored");
        var up = Compare("UP", script.Parsed.Up, StoredText.Of(script.Parsed.Up), stored.UpSql);
        var down = script.Parsed.Down is { } section ? Compare("DOWN", section, StoredText.Runnable(section, script.Header), stored.DownSql) : [];
        var note = stored.UpSql is null ? "the text that was applied is not stored: it was empty or larger than 1 MB"
            : StoredText.Of(script.Parsed.Up) is null ? "the file's UP section is larger than 1 MB"
            : up.IsEmpty && down.IsEmpty ? "the stored text is the same, as far as it is kept: what is replaced by '***', or in which section a statement stands, has changed"
            : null;
        return new ScriptDifference(version, file, [.. up, .. down], note);
    }

    private static ImmutableArray<string> Compare(string name, ScriptSection section, string? now, string? stored)
    {
        if (stored is null || now is null)
            return [];
        // Lines of the header that say how to run it may stand before the section.
        var first = section.Text.GetLineIndex(section.Start) + section.GetString().AsSpan().Count('\n') - now.AsSpan().Count('\n');
        var lines = LineDifference.Of(stored, now, line => section.Text.GetPosition(section.Text.GetLineStart(Math.Max(0, first + line))).Line);
        return lines.IsEmpty ? [] : [$"--- {name} as applied", $"+++ {name} of the file", .. lines];
    }

    private static IEnumerable<ScriptProblem> FindPartial(ScriptSet scripts, HistorySnapshot history) =>
        from checkpoint in history.Checkpoints
        group checkpoint by (checkpoint.Version, checkpoint.IsDown) into steps
        let command = steps.Key.IsDown ? "down" : "up"
        select new ScriptProblem(
            scripts.Find(steps.Key.Version)?.Text.File ?? scripts.Path,
            0,
            0,
            $"{command} of {steps.Key.Version} was interrupted after {(steps.Count() == 1 ? "1 step" : $"{steps.Count()} steps")}",
            $"Run {command} once more: it goes on after the finished steps.");

    /// <summary>What would keep <c>down</c> from taking an applied file back.</summary>
    private static IEnumerable<ScriptProblem> FindBadDown(ScriptSet scripts, HistorySnapshot history) =>
        from entry in history.Entries
        let script = scripts.Find(entry.Version)
        let down = script?.Parsed.Down
        where down is not null
        from problem in StepPlanner.Plan(down, script.Header).Problems
        select problem;
}
