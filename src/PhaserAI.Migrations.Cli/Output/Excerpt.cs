using System.Text;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>Shows a line of a file with a caret under a column, as compilers do.</summary>
internal static class Excerpt
{
    private const int MaxWidth = 120;

    /// <summary>The two lines: the text and, below it, the caret. A long line is cut around the column.</summary>
    /// <param name="line">The whole line.</param>
    /// <param name="column">1-based, in code points.</param>
    public static (string Text, string Caret) Of(string line, int column)
    {
        // Only what can be shown is looked at: a line may be a whole dump.
        var (start, at) = Window(line, column);
        var runes = new List<Rune>(MaxWidth);
        foreach (var rune in line.AsSpan(start).EnumerateRunes())
        {
            if (runes.Count == MaxWidth)
                break;
            runes.Add(rune);
        }

        at = Math.Min(at, runes.Count);
        var text = new StringBuilder(start > 0 ? "…" : "");
        var caret = new StringBuilder(start > 0 ? " " : "");
        var length = start;
        for (var i = 0; i < runes.Count; i++)
        {
            length += runes[i].Utf16SequenceLength;
            text.Append(IsControl(runes[i]) ? " " : runes[i].ToString());
            if (i < at)
                caret.Append(runes[i].Value == '\t' ? "\t" : new string(' ', TerminalWidth.Of(runes[i])));
        }

        return (text.Append(length < line.Length ? "…" : "").ToString(), caret.Append('^').ToString());
    }

    /// <summary>Where the part to show begins, and how many code points after that the caret stands.</summary>
    private static (int Start, int At) Window(string line, int column)
    {
        var index = 0;
        for (var skipped = 1; skipped < column && index < line.Length; skipped++)
            index += Next(line, index);
        var at = 0;
        var start = index;
        var room = line.Length <= MaxWidth ? MaxWidth : MaxWidth / 2;
        for (; start > 0 && at < room; at++)
            start -= start > 1 && char.IsSurrogatePair(line[start - 2], line[start - 1]) ? 2 : 1;
        return (start, at);
    }

    private static int Next(string line, int index) => index + 1 < line.Length && char.IsSurrogatePair(line[index], line[index + 1]) ? 2 : 1;

    private static bool IsControl(Rune rune) => Rune.IsControl(rune) && rune.Value != '\t';
}
