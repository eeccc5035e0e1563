using static PhaserAI.Migrations.Sql.SqlCharacters;

namespace PhaserAI.Migrations.Sql;

/// <summary>Where an operator ends: scan.l <c>operator</c>.</summary>
internal static class SqlOperator
{
    /// <summary>The end of the operator that begins at <paramref name="start"/>.</summary>
    public static int End(ReadOnlySpan<byte> text, int start)
    {
        var end = start + 1;
        while (end < text.Length && IsOperator(text[end]) && !BeginsComment(text, end))
            end++;

        // =- is two operators, @- is one: only a character unknown to standard SQL lets an operator end in + or -.
        if (end - start > 1 && IsSign(text[end - 1]) && !HasNonStandard(text[start..(end - 1)]))
        {
            while (end - start > 1 && IsSign(text[end - 1]))
                end--;
        }

        return end;
    }

    private static bool IsSign(byte value) => value is (byte)'+' or (byte)'-';

    // A comment inside a run of operator characters ends the operator: +--x, */*.
    private static bool BeginsComment(ReadOnlySpan<byte> text, int position) =>
        position + 1 < text.Length && (text[position], text[position + 1]) is
            ((byte)'-', (byte)'-') or ((byte)'/', (byte)'*');

    private static bool HasNonStandard(ReadOnlySpan<byte> characters)
    {
        foreach (var character in characters)
        {
            if (IsNonStandardOperator(character))
                return true;
        }

        return false;
    }
}
