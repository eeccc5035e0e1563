using System.Collections.Immutable;

namespace PhaserAI.Migrations.Comparison.Measuring;

/// <summary>A program with its arguments, and the variables it gets beside those that are set.</summary>
internal sealed record ProgramCall(string Program, ImmutableArray<string> Arguments)
{
    public ImmutableDictionary<string, string> Variables { get; init; } = ImmutableDictionary<string, string>.Empty;
}
