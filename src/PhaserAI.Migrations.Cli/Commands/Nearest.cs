namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>What somebody who mistyped a word may have meant.</summary>
internal static class Nearest
{
    private const int ShortestBeginning = 3;

    /// <summary>The only word that begins so, else the most similar one; null when none is similar enough to be a slip of the fingers.</summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="known">The words that there are, in lower case.</param>
    /// <param name="mostEdits">How many letters may be wrong at most; the beginning of a word is then no hint either.</param>
    public static string? Of(string typed, IEnumerable<string> known, int mostEdits = int.MaxValue)
    {
        if (mostEdits == int.MaxValue && typed.TrimStart('-').Length >= ShortestBeginning)
        {
            known = known.ToArray();
            if (known.Where(word => word.StartsWith(typed, StringComparison.OrdinalIgnoreCase)).Take(2).ToArray() is [var only])
                return only;
        }

        var (word, distance) = known
            .Select(word => (Word: word, Distance: Distance(typed.ToLowerInvariant(), word)))
            .DefaultIfEmpty((Word: "", Distance: int.MaxValue))
            .MinBy(candidate => candidate.Distance);
        return distance <= Math.Min(mostEdits, Math.Max(1, typed.TrimStart('-').Length / 3)) ? word : null;
    }

    /// <summary>Letters to add, drop, replace, or swap with their neighbour.</summary>
    private static int Distance(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }

                var replaced = rows[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replaced, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[left.Length, right.Length];
    }
}
