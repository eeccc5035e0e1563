using PhaserAI.Migrations.Imports;

namespace PhaserAI.Migrations.Cli.Output.Json;

/// <summary>A migration of another tool. <c>recorded</c> and <c>written</c>: whether its row and its file are new; what was there already stays.</summary>
internal sealed record ImportedMigrationDocument(
    string Source, string? SourceFile, string Version, string File, string State, DateTimeOffset? AppliedAt, bool Recorded, bool Written, bool Stub);

/// <summary>What is not taken over.</summary>
internal sealed record ImportSkipDocument(string Name, string Why);

/// <summary>The answer of <c>import</c>: what was written, or would be.</summary>
internal sealed record ImportDocument(
    TargetDocument? Target,
    string From,
    string? Table,
    string? RenamedTo,
    bool DryRun,
    IReadOnlyList<ImportedMigrationDocument> Migrations,
    IReadOnlyList<ImportSkipDocument> Skipped,
    IReadOnlyList<string> RemovedFiles,
    IReadOnlyList<ProblemDocument> Problems,
    IReadOnlyList<ProblemDocument> Findings)
{
    public static ImportDocument Of(TargetDocument? target, ImportPlan plan, bool isDryRun, ProblemDocument[] problems, ProblemDocument[] findings) => new(
        target,
        plan.Tool.ToString().ToLowerInvariant(),
        plan.Table,
        plan.RenamedTo,
        isDryRun,
        [.. plan.Migrations.Select(migration => new ImportedMigrationDocument(
            migration.Source, migration.SourceFile, migration.Version, migration.FileName, migration.IsApplied ? "applied" : "pending", migration.AppliedAt,
            migration.IsRecorded, migration.IsWritten, migration.IsStub))],
        [.. plan.Skipped.Select(skip => new ImportSkipDocument(skip.Name, skip.Why))],
        plan.RemovedFiles,
        problems,
        findings);
}
