using System.Collections.Immutable;

namespace PhaserAI.Migrations.Comparison;

/// <summary>How much is measured.</summary>
/// <param name="Counts">How many migrations, ascending.</param>
/// <param name="Rounds">Rounds of what takes a second or two.</param>
/// <param name="LongRounds">Rounds of what takes longer.</param>
/// <param name="ShortRounds">Rounds of what takes a moment.</param>
/// <param name="BigScriptMb">Size of the big scripts; 0 for none.</param>
internal sealed record ComparisonSize(ImmutableArray<int> Counts, int Rounds, int LongRounds, int ShortRounds, int BigScriptMb)
{
    public static ComparisonSize Full { get; } = new([1, 100, 1000], 5, 3, 15, 200);

    public static ComparisonSize Quick { get; } = new([1, 100], 3, 1, 7, 0);
}
