using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>The body of a DO block or function as PostgreSQL reads it, and where each of its bytes stands in the script.</summary>
/// <param name="Bytes">The body, its quotes and escapes undone.</param>
/// <param name="Offsets">For each byte, its offset in the script.</param>
internal sealed record RoutineText(byte[] Bytes, int[] Offsets)
{
    /// <summary>The body of DO, CREATE FUNCTION or CREATE PROCEDURE; null when it has none in quotes.</summary>
    public static RoutineText? Find(ReadOnlySpan<byte> text, SqlStatement statement)
    {
        var reader = new TokenReader(text, statement.Start, statement.End);
        var isDo = statement.Command is "DO";
        var isNext = isDo;
        var depth = 0;
        while (reader.Read())
        {
            var token = reader.Current;
            if (token.Kind is SqlTokenKind.OpenParenthesis)
                depth++;
            else if (token.Kind is SqlTokenKind.CloseParenthesis)
                depth--;
            else if (isNext && token.Kind is SqlTokenKind.String or SqlTokenKind.DollarString)
                return Decode(text, token);

            // DO [LANGUAGE 'x'] '…'; CREATE FUNCTION f(a text DEFAULT '…') … AS '…' LANGUAGE 'x'.
            isNext = depth == 0 && (isDo ? !reader.IsWord("language"u8) : reader.IsWord("as"u8));
        }

        return null;
    }

    /// <summary>The first byte of a line (from 1) that is no white space.</summary>
    public int FindLine(int line)
    {
        var start = 0;
        for (; line > 1; line--)
        {
            var newline = Bytes.AsSpan(start).IndexOf((byte)'\n');
            if (newline < 0)
                break;
            start += newline + 1;
        }

        return start + Math.Max(0, Bytes.AsSpan(start).IndexOfAnyExcept(" \t\r\n"u8));
    }

    /// <summary>The byte after a number of code points.</summary>
    public int Skip(int start, int codePoints)
    {
        for (; codePoints > 0 && start < Bytes.Length; codePoints--)
        {
            start++;
            while (start < Bytes.Length && (Bytes[start] & 0xC0) == 0x80)
                start++;
        }

        return start;
    }

    /// <summary>
    /// Where a query begins that PL/pgSQL took out of a statement of the body; -1 when it is not there: SQL made at run
    /// time. PL/pgSQL overwrites the INTO clause of a query with spaces (pl_gram.y, make_execsql_stmt).
    /// </summary>
    /// <param name="query">The query.</param>
    /// <param name="line">A byte of the line in which the statement begins.</param>
    public int Find(ReadOnlySpan<byte> query, int line)
    {
        var nextLine = line + Math.Max(0, Bytes.AsSpan(line).IndexOf((byte)'\n'));
        var nextStatement = Bytes.AsSpan(nextLine).IndexOf((byte)';') is var length and >= 0 ? nextLine + length : Bytes.Length;
        for (var at = line; at < nextStatement && at + query.Length <= Bytes.Length; at++)
        {
            var i = 0;
            while (i < query.Length && (query[i] == Bytes[at + i] || query[i] == ' '))
                i++;
            if (i == query.Length)
                return at;
        }

        return -1;
    }

    /// <summary>The offset in the script of a byte of the body.</summary>
    public int ToScript(int at) => Offsets[Math.Clamp(at, 0, Offsets.Length - 1)];

    private static RoutineText? Decode(ReadOnlySpan<byte> text, SqlToken token)
    {
        var source = text.Slice(token.Start, token.Length);
        var quote = source.IndexOfAny((byte)'\'', (byte)'$');
        var isDollar = token.Kind is SqlTokenKind.DollarString;
        var isEscape = !isDollar && quote == 1 && source[0] is (byte)'e' or (byte)'E';
        var tag = isDollar ? source[1..].IndexOf((byte)'$') + 2 : quote + 1;
        var end = source.Length - (isDollar ? tag : 1);
        var bytes = new List<byte>(source.Length);
        var offsets = new List<int>(source.Length);
        for (var i = tag; i < end; i++)
        {
            offsets.Add(token.Start + i);
            if (isEscape && source[i] == '\\' && i + 1 < end)
                bytes.Add(Unescape(source[++i]));
            else if (!isDollar && source[i] == '\'' && i + 1 < end)
                bytes.Add(source[++i]);
            else
                bytes.Add(source[i]);
        }

        return bytes.Count == 0 ? null : new RoutineText([.. bytes], [.. offsets]);
    }

    private static byte Unescape(byte letter) => letter switch
    {
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        _ => letter,
    };
}
