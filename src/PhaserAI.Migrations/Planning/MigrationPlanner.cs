using System.Collections.Immutable;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Planning;

/// <summary>Decides what a run does, from the files and the history alone.</summary>
internal static class MigrationPlanner
{
    /// <summary>Everything pending, up to and including <paramref name="target"/>.</summary>
    public static MigrationPlan PlanUp(ScriptSet scripts, HistorySnapshot history, MigrationVersion? target, DriftPolicy policy)
    {
        var problems = scripts.Problems.ToBuilder();
        var findings = ImmutableArray.CreateBuilder<ScriptProblem>();
        Drift.Check(scripts, history, target, policy, problems, findings);

        var applied = history.Entries.Select(entry => entry.Version).ToHashSet(StringComparer.Ordinal);
        var partial = history.Checkpoints.Select(checkpoint => checkpoint.Version).ToHashSet(StringComparer.Ordinal);
        applied.ExceptWith(partial);
        var done = applied.ToHashSet(StringComparer.Ordinal);
        var migrations = ImmutableArray.CreateBuilder<PlannedMigration>();
        var skipped = ImmutableArray.CreateBuilder<SkippedMigration>();
        ScriptParser.ParseAll([.. scripts.Scripts.Where(script => !applied.Contains(script.Version.ToString()) && !(script.Version > target) && scripts.IsMeant(script))]);
        var unchanged = history.Entries.Where(entry => scripts.Find(entry.Version)?.Checksum == entry.Checksum)
            .Select(entry => entry.Version).ToHashSet(StringComparer.Ordinal);
        foreach (var script in scripts.Scripts)
        {
            if (applied.Contains(script.Version.ToString()) && !unchanged.Contains(script.Version.ToString()))
                findings.AddRange(script.Parsed.Problems); // it has run: too late to refuse it
            if (applied.Contains(script.Version.ToString()) || script.Version > target)
                continue;
            problems.AddRange(FindUnknownEnvironments(script));
            if (!scripts.IsMeant(script) && !partial.Contains(script.Version.ToString()))
            {
                skipped.Add(new SkippedMigration(script.Version.ToString(), script.FileName, script.Header.Environments ?? []));
                continue;
            }

            RefuseHalfTakenBack(script, history, problems);
            migrations.Add(PlanUp(script, history, problems, findings));
            findings.AddRange(script.Parsed.Findings);
            if (script.Parsed.Down is { } down)
                findings.AddRange(ProblemsOf(down, script, StepPlanner.Plan(down, script.Header), history)); // down will refuse it
            Dependencies.Check(script, scripts, done, problems);
            done.Add(script.Version.ToString());
        }

        findings.AddRange(SessionDefaults.Find(migrations));
        return new MigrationPlan(
            MigrationDirection.Up, migrations.DrainToImmutable(), problems.DrainToImmutable(), findings.DrainToImmutable())
        {
            Skipped = skipped.DrainToImmutable(),
        };
    }

    /// <summary>The applied migrations that are to be taken back, newest first.</summary>
    /// <param name="scripts">The files.</param>
    /// <param name="history">What is applied.</param>
    /// <param name="versions">What to take back: see <see cref="SelectDown"/>.</param>
    /// <param name="stored">The DOWN sections stored when migrations were applied, by version, for those whose file is gone.</param>
    public static MigrationPlan PlanDown(
        ScriptSet scripts, HistorySnapshot history, ImmutableArray<string> versions, IReadOnlyDictionary<string, StoredScript> stored)
    {
        var problems = scripts.Problems.ToBuilder();
        var findings = ImmutableArray.CreateBuilder<ScriptProblem>();
        var migrations = ImmutableArray.CreateBuilder<PlannedMigration>();
        ScriptParser.ParseAll([.. versions.Select(scripts.Find).OfType<MigrationScript>()]);
        foreach (var version in versions)
        {
            if (scripts.Find(version) is { } script)
                migrations.Add(PlanDown(version, script, history, problems, findings, fromStored: false));
            else if (stored.TryGetValue(version, out var text) && StoredDown.Read(version, text) is { } kept)
                migrations.Add(PlanDown(version, kept, history, problems, findings, fromStored: true));
            else
                problems.Add(NoFile(version, scripts.Path));
        }

        return new MigrationPlan(
            MigrationDirection.Down, migrations.DrainToImmutable(), problems.DrainToImmutable(), findings.DrainToImmutable());
    }

    /// <summary>What <c>down</c> takes back, newest first: all after <paramref name="keep"/>, else the last one, else all.</summary>
    public static ImmutableArray<string> SelectDown(HistorySnapshot history, MigrationVersion? keep, bool all)
    {
        var newestFirst = history.Entries
            .Select(entry => entry.Version)
            .Union(history.Checkpoints.Select(checkpoint => checkpoint.Version), StringComparer.Ordinal)
            .OrderDescending(StringComparer.Ordinal);
        if (all)
            return [.. newestFirst];
        return keep is { } version
            ? [.. newestFirst.TakeWhile(applied => string.CompareOrdinal(applied, version.ToString()) > 0)]
            : [.. newestFirst.Take(1)];
    }

    private static PlannedMigration PlanUp(
        MigrationScript script,
        HistorySnapshot history,
        ImmutableArray<ScriptProblem>.Builder problems,
        ImmutableArray<ScriptProblem>.Builder findings)
    {
        var section = StepPlanner.Plan(script.Parsed.Up, script.Header);
        problems.AddRange(script.Parsed.Problems);
        problems.AddRange(ProblemsOf(script.Parsed.Up, script, section, history));
        problems.AddRange(SelfRecording.FindLoss(script.Parsed.Up));
        if (script.Parsed.Up.Statements.IsEmpty && section.Problems.IsEmpty)
        {
            problems.Add(new ScriptProblem(
                script.Text.File,
                0,
                0,
                "the file holds no statement to apply",
                "Write the migration first: applied empty, it would be recorded, and what you write later would never run."));
        }
        else if (section is { Steps: [], Problems: [] })
        {
            findings.Add(new ScriptProblem(
                script.Text.File,
                0,
                0,
                "the UP section holds no statement but BEGIN and COMMIT: the migration is recorded and changes nothing",
                "If you have still to write it, take it back with down first."));
        }

        return Resume(script, script.Version.ToString(), section.Steps, history, isDown: false, fromStored: false, problems);
    }

    private static PlannedMigration PlanDown(
        string version,
        MigrationScript script,
        HistorySnapshot history,
        ImmutableArray<ScriptProblem>.Builder problems,
        ImmutableArray<ScriptProblem>.Builder findings,
        bool fromStored)
    {
        if (script.Parsed.Down is not { } down)
        {
            problems.Add(new ScriptProblem(
                script.Text.File,
                0,
                0,
                $"migration {version} has no DOWN section, so it can't be taken back",
                $"Add a -- DOWN: section; or undo it by hand and run {Forget(version)}."));
            return new PlannedMigration(version, script.FileName, script.Description, []);
        }

        var section = StepPlanner.Plan(down, script.Header);
        problems.AddRange(script.Parsed.Problems);
        problems.AddRange(ProblemsOf(down, script, section, history));
        if (section is { Steps: [], Problems: [] } && (fromStored || !StepPlanner.Plan(script.Parsed.Up, script.Header).Steps.IsEmpty))
        {
            problems.Add(new ScriptProblem(
                script.Text.File,
                0,
                0,
                $"the DOWN section of {version} holds no statement but BEGIN and COMMIT, so it would take nothing back",
                $"Write the statements that undo the migration; or undo it by hand and run {Forget(version)}."));
        }

        findings.AddRange(script.Parsed.Findings);
        return Resume(script, version, section.Steps, history, isDown: true, fromStored, problems);
    }

    private static IEnumerable<ScriptProblem> ProblemsOf(
        ScriptSection section, MigrationScript script, SectionSteps steps, HistorySnapshot history) =>
        [.. steps.Problems, .. SelfRecording.FindForeignVersions(section, script.Version), .. OtherDatabase.Find(section, history.Database)];

    /// <summary>Leaves out what an interrupted run has finished, and refuses when that is no longer what the script says.</summary>
    private static PlannedMigration Resume(
        MigrationScript script,
        string version,
        ImmutableArray<Step> steps,
        HistorySnapshot history,
        bool isDown,
        bool fromStored,
        ImmutableArray<ScriptProblem>.Builder problems)
    {
        var finished = history.Checkpoints.Where(checkpoint => checkpoint.Version == version && checkpoint.IsDown == isDown).ToArray();
        var started = history.Started.Where(checkpoint => checkpoint.Version == version && checkpoint.IsDown == isDown).ToArray();
        foreach (var checkpoint in finished)
        {
            var step = steps.FirstOrDefault(candidate => candidate.Number == checkpoint.Step);
            if (step?.Hash == checkpoint.Hash)
                continue;
            problems.Add(new ScriptProblem(
                script.Text.File,
                0,
                0,
                $"step {checkpoint.Step} of {version} was finished by an interrupted run, and the script has changed there since",
                "Restore that part of the script, so that the run can go on after it."));
        }

        return new PlannedMigration(version, script.FileName, script.Description, steps)
        {
            Script = script,
            LockTimeout = ReadTimeout(script, "Lock-Timeout", problems),
            StatementTimeout = ReadTimeout(script, "Statement-Timeout", problems),
            FromStoredText = fromStored,
            FinishedSteps = finished.Length,
            StartedStep = started.FirstOrDefault(checkpoint => steps.Any(step => step.Number == checkpoint.Step && step.Hash == checkpoint.Hash))?.Step ?? 0,
            HasCheckpoints = steps.Length > 1 || steps.Any(step => step.Kind is StepKind.Autocommit) || started.Length > 0 || finished.Length > 0,
            FinishedMs = finished.Select(checkpoint => checkpoint.ElapsedMs).DefaultIfEmpty().Max(),
        };
    }

    private static TimeSpan? ReadTimeout(MigrationScript script, string key, ImmutableArray<ScriptProblem>.Builder problems)
    {
        if (script.Header[key] is not { } text)
            return null;
        if (DurationText.TryRead(text, out var duration))
            return duration;
        problems.Add(new ScriptProblem(script.Text.File, 0, 0, $"the header's {key} is \"{text}\", which is no duration", DurationText.Mend));
        return null;
    }

    /// <summary>A name that is misspelt would have the migration skipped where it is needed.</summary>
    private static IEnumerable<ScriptProblem> FindUnknownEnvironments(MigrationScript script)
    {
        if (script.Header.Environments is not { } environments)
            return [];
        var message = environments.IsEmpty ? "the header's Environments names none"
            : environments.FirstOrDefault(name => !EnvironmentName.IsKnown(name)) is { } unknown ? $"the header's Environments names \"{unknown}\", which is no environment"
            : null;
        return message is null ? [] : [new ScriptProblem(script.Text.File, 0, 0, message, "Write dev, test, staging or prod, separated by commas; or remove the line: the migration is then for all of them.")];
    }

    private static void RefuseHalfTakenBack(
        MigrationScript script, HistorySnapshot history, ImmutableArray<ScriptProblem>.Builder problems)
    {
        var version = script.Version.ToString();
        if (history.Checkpoints.Any(checkpoint => checkpoint.Version == version && checkpoint.IsDown))
        {
            problems.Add(new ScriptProblem(
                script.Text.File,
                0,
                0,
                $"taking {version} back was interrupted, so it is neither applied nor gone",
                "Run down once more to finish that first."));
        }
    }

    private static ScriptProblem NoFile(string version, string directory) => new(
        directory,
        0,
        0,
        $"migration {version} is applied, but its file is gone and no DOWN text of it is stored",
        $"Bring the file back from version control; or undo it by hand and run {Forget(version)}.");

    /// <summary>The command after which the history knows nothing of a migration any more.</summary>
    private static string Forget(string version) => $"repair --not-applied {version} --reason \"undone by hand\"";
}
