namespace PhaserAI.Migrations.Sql;

/// <summary>The data of COPY … FROM STDIN in a script: psql's handleCopyIn.</summary>
internal static class CopyDataLines
{
    /// <summary>
    /// Finds the end of the line that is exactly <c>\.</c>, from the line that begins at <paramref name="start"/> on. False,
    /// and the end is that of the text, if there is none.
    /// </summary>
    public static bool TryFindEnd(ReadOnlySpan<byte> text, int start, out int end)
    {
        for (var mark = text[start..].StartsWith("\\."u8) ? start : NextMark(text, start); mark >= 0; mark = NextMark(text, mark + 2))
        {
            var rest = text[(mark + 2)..];
            if (rest is [(byte)'\r', ..])
                rest = rest[1..];
            if (rest is [] or [(byte)'\n', ..])
            {
                end = text.Length - rest.Length + Math.Min(1, rest.Length);
                return true;
            }
        }

        end = text.Length;
        return false;
    }

    /// <summary>
    /// Where the server's line of that number (from 1) begins; the end when there are fewer. In CSV it counts every line of
    /// the file, but for those inside the first row: it does not know yet how lines end. In text a line goes on where a
    /// backslash makes its end part of a value (copyfromparse.c, CopyReadLineText).
    /// </summary>
    public static int StartOfLine(ReadOnlySpan<byte> data, long number, CopyOptions options)
    {
        var start = 0;
        var quotes = 0;
        for (var (next, line) = (0, 1L); line < number; next++)
        {
            var length = data[next..].IndexOf((byte)'\n');
            if (length < 0)
                return data.Length;
            var row = data.Slice(next, length);
            next += length;
            quotes = line == 1 && options.IsCsv ? quotes + row.Count(options.Quote) : 0;
            if (options.IsCsv ? quotes % 2 == 1 : IsEscaped(row))
                continue;
            start = next + 1;
            line++;
        }

        return start;
    }

    private static bool IsEscaped(ReadOnlySpan<byte> line) => (line.Length - line.TrimEnd((byte)'\\').Length) % 2 == 1;

    private static int NextMark(ReadOnlySpan<byte> text, int from)
    {
        var found = text[from..].IndexOf("\n\\."u8);
        return found < 0 ? -1 : from + found + 1;
    }
}
