using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Imports;

/// <summary>What Flyway's rows come to: they are an account of events, in which a later row may take an earlier one back.</summary>
/// <param name="Applied">What is applied, by version in its one form.</param>
/// <param name="Baseline">The row of the baseline; null when there is none.</param>
/// <param name="Skipped">Rows that stand for no migration here.</param>
/// <param name="Problems">Rows of migrations that failed.</param>
internal sealed record FlywayHistory(
    Dictionary<string, ForeignRow> Applied, ForeignRow? Baseline, ImmutableArray<ImportSkip> Skipped, ImmutableArray<ScriptProblem> Problems)
{
    public static FlywayHistory Read(ForeignHistory history)
    {
        var applied = new Dictionary<string, ForeignRow>(StringComparer.Ordinal);
        var skipped = new Dictionary<string, ImportSkip>(StringComparer.Ordinal);
        var problems = ImmutableArray.CreateBuilder<ScriptProblem>();
        ForeignRow? baseline = null;
        foreach (var row in history.Rows)
        {
            var version = row.Version is null ? null : FlywayVersion.Normalize(row.Version);
            if (!row.Succeeded)
            {
                problems.Add(new ScriptProblem(
                    history.ToString(),
                    0,
                    0,
                    $"{row.Script} has failed in Flyway, and what it left is not known",
                    "Take back by hand what it left, run flyway repair, which removes the row, and run import again."));
            }
            else if (row.Type is "SCHEMA") // with version 0 in older ones
            {
                skipped[row.Script] = new ImportSkip(row.Script, "Flyway's note that it has made the schema");
            }
            else if (version is null)
            {
                skipped[row.Script] = new ImportSkip(row.Script, "a repeatable migration: what it made stays; write its next change as a migration");
            }
            else if (row.Type is "BASELINE" or "SQL_BASELINE" or "JDBC_BASELINE" or "SCRIPT_BASELINE")
            {
                baseline = row;
                skipped[$"baseline {version}"] = new ImportSkip($"baseline {row.Version}", "files up to that version are recorded as applied");
            }
            else if (row.Type.StartsWith("UNDO", StringComparison.Ordinal))
            {
                applied.Remove(version);
            }
            else if (row.Type is "DELETE")
            {
                applied.Remove(version);
                skipped[version] = new ImportSkip($"version {row.Version}", "deleted from the history by flyway repair");
            }
            else
            {
                applied[version] = row;
                skipped.Remove(version);
            }
        }

        return new FlywayHistory(applied, baseline, [.. skipped.Values], problems.ToImmutable());
    }

    /// <summary>Whether a version that has no row counts as applied, because the baseline says that the database has it.</summary>
    public bool IsBelowBaseline(string version) =>
        Baseline is { Version: { } baseline } && FlywayVersion.Compare(version, FlywayVersion.Normalize(baseline)) <= 0;
}
