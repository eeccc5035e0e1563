using System.Collections.Immutable;
using System.Text;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Tests.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

/// <summary>Files and histories without a disk and without a database.</summary>
internal static class Planned
{
    public static MigrationVersion Version(string text) =>
        MigrationVersion.TryParse(text, out var version) ? version : throw new FormatException(text);

    /// <summary>A version for a small number: its seconds.</summary>
    public static string V(int number) => $"20250101_{number:000000}";

    /// <summary>A directory of scripts with the versions 1, 2, 3 …</summary>
    public static ScriptSet Scripts(params string[] texts) => Scripts(texts.Select((text, i) => (i + 1, text)));

    public static ScriptSet Scripts(IEnumerable<(int Number, string Text)> texts) =>
        new("migrations", [.. texts.Select(file => Script(file.Number, file.Text))], []);

    public static MigrationScript Script(int number, string text)
    {
        var name = $"{V(number)}_m{number}.sql";
        return new MigrationScript(Version(V(number)), name, ScriptParser.Parse(new SourceText("migrations/" + name, Encoding.UTF8.GetBytes(text))));
    }

    /// <summary>A history in which the scripts are applied as they stand.</summary>
    public static HistorySnapshot History(params IEnumerable<MigrationScript> applied) => new([.. applied.Select(Entry)], []);

    public static HistoryEntry Entry(MigrationScript script) =>
        new(script.Version.ToString(), null, script.Parsed.Checksum, 5, script.Description, script.Parsed.TokenChecksum);

    public static MigrationPlan Up(ScriptSet scripts, HistorySnapshot history, string? target = null, DriftPolicy? policy = null) =>
        MigrationPlanner.PlanUp(scripts, history, target is null ? null : Version(target), policy ?? DriftPolicy.Lenient);

    public static MigrationPlan Down(ScriptSet scripts, HistorySnapshot history, params string[] versions) =>
        MigrationPlanner.PlanDown(scripts, history, [.. versions], new Dictionary<string, StoredScript>(StringComparer.Ordinal));

    /// <summary>The steps of a script's UP.</summary>
    public static SectionSteps Steps(string text)
    {
        var script = Parsed.Script(text);
        return StepPlanner.Plan(script.Up, script.Header);
    }

    /// <summary>A step as a line: its number, T or A, its options, its statements.</summary>
    public static string Show(Step step) =>
        $"{step.Number}{(step.Kind is StepKind.Transaction ? "T" : "A")}{(step.BeginOptions.Length > 0 ? $"[{step.BeginOptions}]" : "")} "
        + string.Join(" | ", step.Statements.Select(statement => step.Text.GetString(statement.Start, statement.Length)));

    public static ImmutableArray<string> Versions(MigrationPlan plan)
    {
        Assert.Empty(plan.Problems);
        return [.. plan.Migrations.Select(migration => migration.Version)];
    }
}
