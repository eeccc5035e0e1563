using System.Collections.Immutable;
using System.Globalization;

namespace PhaserAI.Migrations.Planning;

/// <summary>The lines in which two texts differ, as unified hunks: three lines of context, and cut at a length that people read.</summary>
internal static class LineDifference
{
    private const int Context = 3;
    private const int MaxLines = 60;
    private const int MaxColumns = 300;
    private const int MaxCells = 1_000_000;

    /// <summary>Empty when the texts are the same. Lines begin with <c>@@</c>, a space, <c>-</c> or <c>+</c>.</summary>
    /// <param name="before">The older text.</param>
    /// <param name="after">The newer one.</param>
    /// <param name="lineOf">What a line (from 0) of the newer text is called, from 1.</param>
    public static ImmutableArray<string> Of(string before, string after, Func<int, int> lineOf)
    {
        var (left, right) = (before.ReplaceLineEndings("\n").Split('\n'), after.ReplaceLineEndings("\n").Split('\n'));
        var edits = Compare(left, right);
        var output = ImmutableArray.CreateBuilder<string>();
        for (var start = NextChange(edits, 0); start < edits.Count && output.Count < MaxLines;)
        {
            var end = start + 1;
            for (var next = NextChange(edits, end); next < edits.Count && next - end <= 2 * Context; next = NextChange(edits, end))
                end = next + 1;
            var hunk = edits[Math.Max(0, start - Context)..Math.Min(edits.Count, end + Context)];
            output.Add(string.Create(CultureInfo.InvariantCulture, $"@@ -{hunk[0].Left + 1} +{lineOf(Math.Min(hunk[0].Right, right.Length - 1))} @@"));
            output.AddRange(hunk.Select(edit => edit.Sign + Cut(edit.Sign == '+' ? right[edit.Right] : left[edit.Left])));
            start = NextChange(edits, end);
        }

        if (output.Count <= MaxLines)
            return output.DrainToImmutable();
        return [.. output.Take(MaxLines), $"… {(output.Count - MaxLines).ToString(CultureInfo.InvariantCulture)} more lines differ, or more"];
    }

    private static int NextChange(List<Edit> edits, int from)
    {
        var found = edits.FindIndex(Math.Min(from, edits.Count), static edit => edit.Sign != ' ');
        return found < 0 ? edits.Count : found;
    }

    /// <summary>The longest common subsequence; texts too different for that count as replaced as a whole.</summary>
    private static List<Edit> Compare(string[] left, string[] right)
    {
        var head = left.AsSpan().CommonPrefixLength(right, StringComparer.Ordinal);
        var tail = 0;
        while (tail < Math.Min(left.Length, right.Length) - head && left[^(tail + 1)] == right[^(tail + 1)])
            tail++;
        var (rows, columns) = (left.Length - head - tail, right.Length - head - tail);
        var lengths = (long)rows * columns <= MaxCells ? CommonLengths(left.AsSpan(head, rows), right.AsSpan(head, columns)) : null;

        var edits = new List<Edit>(left.Length + columns);
        for (var i = 0; i < head; i++)
            edits.Add(new Edit(' ', i, i));
        for (var (i, j) = (0, 0); i < rows || j < columns;)
        {
            if (i < rows && j < columns && lengths is not null && left[head + i] == right[head + j])
                edits.Add(new Edit(' ', head + i++, head + j++));
            else if (i < rows && (j == columns || lengths is null || lengths[i + 1, j] >= lengths[i, j + 1]))
                edits.Add(new Edit('-', head + i++, head + j));
            else
                edits.Add(new Edit('+', head + i, head + j++));
        }

        for (var i = 0; i < tail; i++)
            edits.Add(new Edit(' ', head + rows + i, head + columns + i));
        return edits;
    }

    /// <summary>How long the longest common subsequence is from each pair of lines on.</summary>
    private static int[,] CommonLengths(ReadOnlySpan<string> left, ReadOnlySpan<string> right)
    {
        var lengths = new int[left.Length + 1, right.Length + 1];
        for (var i = left.Length - 1; i >= 0; i--)
        {
            for (var j = right.Length - 1; j >= 0; j--)
                lengths[i, j] = left[i] == right[j] ? lengths[i + 1, j + 1] + 1 : Math.Max(lengths[i + 1, j], lengths[i, j + 1]);
        }

        return lengths;
    }

    private static string Cut(string line) => line.Length > MaxColumns ? line[..MaxColumns] + "…" : line;

    private readonly record struct Edit(char Sign, int Left, int Right);
}
