using System.Collections.Immutable;
using System.Text;
using BenchmarkDotNet.Attributes;
using PhaserAI.Migrations.Comparison.Workload;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Benchmarks;

/// <summary>What a run does between reading 5,000 files and the first statement.</summary>
public class PlannerBenchmarks
{
    private const int Count = 5000;

    private static readonly ImmutableArray<MigrationFile> Files = [.. MigrationGenerator.Generate(Count).Select(File)];

    private static readonly ScriptSet Scripts = Read();

    private static readonly HistorySnapshot AllApplied = new(
        [.. Scripts.Scripts.Select(script => new HistoryEntry(script.Version.ToString(), null, script.Parsed.Checksum, 5, script.Description, script.Parsed.TokenChecksum))],
        []);

    [Benchmark(Description = "Plan 5,000 pending files")]
    public int PlanPending() => Plan(Scripts, HistorySnapshot.Empty, Count);

    [Benchmark(Description = "Plan 5,000 applied files")]
    public int PlanApplied() => Plan(Scripts, AllApplied, 0);

    [Benchmark(Description = "Read 5,000 applied files for status")]
    public int Status() => StatusReader.Read("benchmark", Scripts, AllApplied).Migrations.Length;

    [Benchmark(Description = "Parse and plan 5,000 pending files, all cores")]
    public int ParseAndPlan() => Plan(Read(), HistorySnapshot.Empty, Count);

    private static ScriptSet Read() => new("migrations", ScriptParser.ReadAll(Files, new IncludeFolder("migrations", "migrations")), []);

    private static int Plan(ScriptSet scripts, HistorySnapshot history, int expected)
    {
        var plan = MigrationPlanner.PlanUp(scripts, history, null, DriftPolicy.Strict);
        return plan is { Problems.IsEmpty: true, Migrations.Length: var count } && count == expected
            ? count
            : throw new InvalidOperationException($"{plan.Migrations.Length} migrations planned, {plan.Problems.Length} problems");
    }

    private static MigrationFile File(GeneratedMigration migration)
    {
        var name = $"{migration.Version}_{migration.Name}.sql";
        return MigrationDirectory.TryReadName(name, out var version)
            ? new MigrationFile(version, name, new SourceText(name, Encoding.UTF8.GetBytes(MigrationFormat.Guide(migration))))
            : throw new InvalidOperationException(name);
    }
}
