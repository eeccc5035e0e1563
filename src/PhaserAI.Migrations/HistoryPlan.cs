using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations;

/// <summary>What would be written into a history, or was.</summary>
/// <param name="Target">What was asked for.</param>
/// <param name="Changes">The migrations whose rows change, in order; empty when there is nothing to do.</param>
/// <param name="Problems">Why it is refused; nothing is written while there is one.</param>
/// <param name="Differences">For files that were edited: how they differ from what was applied.</param>
public sealed record HistoryPlan(
    HistoryTarget Target,
    ImmutableArray<HistoryChange> Changes,
    ImmutableArray<ScriptProblem> Problems,
    ImmutableArray<ScriptDifference> Differences);
