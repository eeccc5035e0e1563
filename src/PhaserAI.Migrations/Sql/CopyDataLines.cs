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

    /// <summary>Whether a line, with its end, ends the data.</summary>
    public static bool IsEnd(ReadOnlySpan<byte> line) =>
        line.StartsWith("\\."u8) && (line.Length == 2 || line[2..].SequenceEqual("\n"u8) || line[2..].SequenceEqual("\r\n"u8) || line[2..].SequenceEqual("\r"u8));

    /// <summary>Where the server's line of that number (from 1) begins; the end when there are fewer.</summary>
    public static int StartOfLine(ReadOnlySpan<byte> data, long number, CopyOptions options)
    {
        var counter = new Counter(options);
        var start = 0;
        while (start < data.Length && !counter.IsAt(number))
        {
            var length = data[start..].IndexOf((byte)'\n') is var found and >= 0 ? found + 1 : data.Length - start;
            counter.Read(data.Slice(start, length));
            start += length;
        }

        return start;
    }

    /// <summary>
    /// Counts lines as the server does. In CSV that is every line of the file, but for those inside the first row: it does
    /// not know yet how lines end. In text a line goes on where a backslash makes its end part of a value (copyfromparse.c,
    /// CopyReadLineText).
    /// </summary>
    internal struct Counter(CopyOptions options)
    {
        private long _number = 1;
        private bool _goesOn;
        private int _quotes;

        /// <summary>Whether the next line to be read is the first of the server's line of that number.</summary>
        public readonly bool IsAt(long number) => _number == number && !_goesOn;

        public void Read(ReadOnlySpan<byte> line)
        {
            var row = line.TrimEnd((byte)'\n');
            if (options.IsCsv)
                _quotes = _number == 1 ? _quotes + row.Count(options.Quote) : 0;
            _goesOn = options.IsCsv ? _quotes % 2 == 1 : (row.Length - row.TrimEnd((byte)'\\').Length) % 2 == 1;
            _number += _goesOn ? 0 : 1;
        }
    }

    private static int NextMark(ReadOnlySpan<byte> text, int from)
    {
        var found = text[from..].IndexOf("\n\\."u8);
        return found < 0 ? -1 : from + found + 1;
    }
}
