using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations;

/// <summary>How files, history and database compare.</summary>
/// <param name="Database">The database's name.</param>
/// <param name="AppliedCount">How many migrations the history has.</param>
/// <param name="Problems">What keeps <c>up</c> from running.</param>
/// <param name="Findings">What is worth knowing but stops nothing.</param>
/// <param name="Differences">For each file whose SQL has changed: what it looks like, and what it looked like.</param>
public sealed record ValidationReport(
    string Database,
    int AppliedCount,
    ImmutableArray<ScriptProblem> Problems,
    ImmutableArray<ScriptProblem> Findings,
    ImmutableArray<ScriptDifference> Differences)
{
    /// <summary>How many objects were looked for in the database; null when none were to be.</summary>
    public int? CheckedObjects { get; init; }
}
