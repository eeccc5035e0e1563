using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Imports;

/// <summary>What taking over another tool's history writes, or has written.</summary>
/// <param name="Tool">Whose history it is.</param>
/// <param name="Table">Its table, with its schema; null when there is none.</param>
/// <param name="Migrations">In order of their versions here.</param>
/// <param name="Skipped">What is not taken over.</param>
/// <param name="Problems">Why it is refused; nothing is written while there is one.</param>
/// <param name="Findings">What is worth knowing but stops nothing.</param>
public sealed record ImportPlan(
    ImportTool Tool,
    string? Table,
    ImmutableArray<ImportedMigration> Migrations,
    ImmutableArray<ImportSkip> Skipped,
    ImmutableArray<ScriptProblem> Problems,
    ImmutableArray<ScriptProblem> Findings)
{
    /// <summary>What the tool's table is called afterwards, with its schema, when it has the name of the one here; null when it stays.</summary>
    public string? RenamedTo { get; init; }

    /// <summary>The tool's files that are deleted, as messages name them.</summary>
    public ImmutableArray<string> RemovedFiles { get; init; } = [];

    /// <summary>Where they are.</summary>
    internal ImmutableArray<string> RemovedPaths { get; init; } = [];

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsDone => RenamedTo is null && RemovedFiles.IsEmpty && !Migrations.Any(migration => migration.IsRecorded || migration.IsWritten);
}
