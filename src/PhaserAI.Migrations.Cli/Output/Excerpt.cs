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
        var runes = line.EnumerateRunes().ToArray();
        var at = Math.Clamp(column - 1, 0, runes.Length);
        var first = runes.Length <= MaxWidth ? 0 : Math.Max(0, at - MaxWidth / 2);
        var last = Math.Min(runes.Length, first + MaxWidth);

        var text = new StringBuilder(first > 0 ? "…" : "");
        var caret = new StringBuilder(first > 0 ? " " : "");
        for (var i = first; i < last; i++)
        {
            text.Append(IsControl(runes[i]) ? " " : runes[i].ToString());
            if (i < at)
                caret.Append(runes[i].Value == '\t' ? "\t" : new string(' ', Width(runes[i])));
        }

        return (text.Append(last < runes.Length ? "…" : "").ToString(), caret.Append('^').ToString());
    }

    private static bool IsControl(Rune rune) => Rune.IsControl(rune) && rune.Value != '\t';

    /// <summary>Columns on a terminal: two for East Asian wide characters and emoji, none for combining marks.</summary>
    private static int Width(Rune rune) => rune.Value switch
    {
        0x200D or (>= 0xFE00 and <= 0xFE0F) => 0,
        _ when Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark => 0,
        >= 0x1100 and <= 0x115F or >= 0x2E80 and <= 0xA4CF or >= 0xAC00 and <= 0xD7A3 or >= 0xF900 and <= 0xFAFF
            or >= 0xFE30 and <= 0xFE6F or >= 0xFF00 and <= 0xFF60 or >= 0xFFE0 and <= 0xFFE6
            or >= 0x1F300 and <= 0x1FAFF or >= 0x20000 and <= 0x3FFFD => 2,
        _ => 1,
    };
}
