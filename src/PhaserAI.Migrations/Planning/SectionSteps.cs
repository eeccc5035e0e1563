using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Planning;

/// <summary>A section grouped into steps.</summary>
/// <param name="Steps">In order; empty when the section holds nothing to send.</param>
/// <param name="Problems">Why the section is refused.</param>
/// <param name="Transactions">For each statement of the section the number of its step's transaction; 0 in autocommit.</param>
internal sealed record SectionSteps(ImmutableArray<Step> Steps, ImmutableArray<ScriptProblem> Problems, int[] Transactions);
