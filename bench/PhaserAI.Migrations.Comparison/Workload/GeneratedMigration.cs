using System.Collections.Immutable;

namespace PhaserAI.Migrations.Comparison.Workload;

/// <summary>One migration of the workload, in no tool's format yet. Its statements have no semicolon at their end.</summary>
internal sealed record GeneratedMigration(string Version, string Name, ImmutableArray<string> Up, ImmutableArray<string> Down)
{
    public string Description => char.ToUpperInvariant(Name[0]) + Name[1..].Replace('_', ' ');
}
