using System.Collections.Immutable;

namespace PhaserAI.Migrations.Rehearsals;

/// <summary>How a schema differs from what it should be. An object that is there but different is in both lists.</summary>
/// <param name="Missing">What should be there, in the words of SQL, an object each.</param>
/// <param name="Left">What should not.</param>
public sealed record SchemaDifference(ImmutableArray<string> Missing, ImmutableArray<string> Left)
{
    /// <summary>Whether there is no difference.</summary>
    public bool IsEmpty => Missing.IsEmpty && Left.IsEmpty;

    /// <summary>No difference.</summary>
    internal static SchemaDifference None { get; } = new([], []);

    /// <summary>What of it was not there before.</summary>
    internal SchemaDifference Since(SchemaDifference before) => new(Without(Missing, before.Missing), Without(Left, before.Left));

    /// <summary>Compares two descriptions.</summary>
    internal static SchemaDifference Of(ImmutableArray<string> expected, ImmutableArray<string> found) =>
        new(Without(expected, found), Without(found, expected));

    /// <summary>Objects without a name of their own may be described by the same line.</summary>
    private static ImmutableArray<string> Without(ImmutableArray<string> lines, ImmutableArray<string> others)
    {
        var counts = others.GroupBy(line => line, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.Count(), StringComparer.Ordinal);
        return [.. lines.Where(line => !counts.TryGetValue(line, out var count) || (counts[line] = count - 1) < 0)];
    }
}
