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

    private static int NextMark(ReadOnlySpan<byte> text, int from)
    {
        var found = text[from..].IndexOf("\n\\."u8);
        return found < 0 ? -1 : from + found + 1;
    }
}
