using System.Collections.Immutable;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Planning;

/// <summary>Differences between the files and the history.</summary>
internal static class Drift
{
    public static void Check(
        ScriptSet scripts,
        HistorySnapshot history,
        MigrationVersion? target,
        DriftPolicy policy,
        ImmutableArray<ScriptProblem>.Builder problems,
        ImmutableArray<ScriptProblem>.Builder findings)
    {
        var partial = history.Checkpoints.Select(checkpoint => checkpoint.Version).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in history.Entries)
        {
            if (partial.Contains(entry.Version))
                continue;
            var script = scripts.Find(entry.Version);
            if (script is null)
            {
                Report(policy.Missing, new ScriptProblem(
                    scripts.Path,
                    0,
                    0,
                    $"migration {entry.Version} is applied, but its file is missing",
                    $"Bring the file back from version control; if it is gone for good, and what it did too, run repair --not-applied {entry.Version} --reason \"…\"."));
            }
            else if (IsChanged(script, entry))
            {
                Report(policy.Changed, new ScriptProblem(
                    script.Text.File,
                    0,
                    0,
                    "the SQL of this file is no longer what was applied",
                    "Undo the edit, and write the change as a new migration; if the database is as the file says, run repair --reason \"…\". The command validate shows the difference."));
            }
        }

        findings.AddRange(SummarizeEdited(scripts, history));

        // Rows that other tools wrote have no place in the order.
        var newest = history.Entries
            .Select(entry => entry.Version)
            .Where(version => !partial.Contains(version) && MigrationVersion.TryParse(version, out _))
            .Max(StringComparer.Ordinal);
        var known = history.Entries.Select(entry => entry.Version).Concat(partial).ToHashSet(StringComparer.Ordinal);
        foreach (var script in scripts.Scripts)
        {
            var version = script.Version.ToString();
            if (script.Version > target || string.CompareOrdinal(version, newest) > 0 || known.Contains(version) || !scripts.IsMeant(script))
                continue;
            Report(policy.OutOfOrder, new ScriptProblem(
                script.Text.File,
                0,
                0,
                $"out of order: {newest} is applied already, and this migration is older",
                $"Give the file a later timestamp; if the database has it already, run repair --applied {version} --reason \"…\"."));
        }

        void Report(DriftAction action, ScriptProblem problem)
        {
            if (action is DriftAction.Fail)
                problems.Add(problem);
            else if (action is DriftAction.Warn)
                findings.Add(problem);
        }
    }

    /// <summary>The applied files whose comments or white space are no longer what they were.</summary>
    public static IEnumerable<MigrationScript> FindEdited(ScriptSet scripts, HistorySnapshot history)
    {
        var partial = history.Checkpoints.Select(checkpoint => checkpoint.Version).ToHashSet(StringComparer.Ordinal);
        return from entry in history.Entries
               where entry.HasChecksum && !partial.Contains(entry.Version)
               let script = scripts.Find(entry.Version)
               where script is not null && entry.Checksum != script.Checksum && !IsChanged(script, entry)
               select script;
    }

    /// <summary>One line for all of them: an edit of comments is worth a word, and no more.</summary>
    public static IEnumerable<ScriptProblem> SummarizeEdited(ScriptSet scripts, HistorySnapshot history)
    {
        MigrationScript[] edited = [.. FindEdited(scripts, history)];
        return edited.Length switch
        {
            0 => [],
            1 => [Edited(edited[0])],
            var count => [new ScriptProblem(
                scripts.Path, 0, 0, $"comments or white space of {count} files were edited since they were applied", "Nothing needs to be done; the command validate names them.")],
        };
    }

    public static ScriptProblem Edited(MigrationScript script) => new(
        script.Text.File, 0, 0, "comments or white space of this file were edited since it was applied", "Nothing needs to be done.");

    /// <summary>Whether the SQL of the file differs from what was applied; an edit of comments does not count.</summary>
    public static bool IsChanged(MigrationScript script, HistoryEntry entry) =>
        entry.HasChecksum
        && entry.Checksum != script.Checksum
        && entry.TokenChecksum != script.Parsed.TokenChecksum;
}
