using static PhaserAI.Migrations.Sql.SqlCharacters;

namespace PhaserAI.Migrations.Sql;

/// <summary>Where a number ends: scan.l decinteger, hexinteger, numeric and real, with the letters glued to it.</summary>
internal static class SqlNumber
{
    /// <summary>The end of the number whose first digit is at <paramref name="start"/>.</summary>
    public static int End(ReadOnlySpan<byte> text, int start)
    {
        var end = Digits(text, start);
        // 1..10 is 1, then two dots (scan.l integerfail).
        return At(text, end) == '.' && At(text, end + 1) != '.' ? FractionEnd(text, end) : ExponentEnd(text, end);
    }

    /// <summary>The end of the number whose decimal point is at <paramref name="point"/>.</summary>
    public static int FractionEnd(ReadOnlySpan<byte> text, int point) => ExponentEnd(text, Digits(text, point + 1));

    /// <summary>The end of the digits at <paramref name="start"/>, as of a parameter.</summary>
    public static int IntegerEnd(ReadOnlySpan<byte> text, int start) => AfterJunk(text, Digits(text, start));

    private static int ExponentEnd(ReadOnlySpan<byte> text, int end)
    {
        if ((At(text, end) | 0x20) == 'e')
        {
            var signed = At(text, end + 1) is '+' or '-';
            var digits = end + (signed ? 2 : 1);
            if (At(text, digits) is >= '0' and <= '9')
                end = Digits(text, digits);
            else if (signed)
                end = digits; // 1e+ with no digit is one token too (scan.l realfail)
        }

        return AfterJunk(text, end);
    }

    // Letters glued to a number are part of it, be it 0x1F (PostgreSQL 16) or invalid: 1E'x' is not an escape string (scan.l
    // integer_junk).
    private static int AfterJunk(ReadOnlySpan<byte> text, int position)
    {
        if (position < text.Length && IsIdentifierStart(text[position]))
        {
            while (position < text.Length && IsIdentifierPart(text[position]))
                position++;
        }

        return position;
    }

    private static int Digits(ReadOnlySpan<byte> text, int position)
    {
        while (position < text.Length && (IsDigit(text[position])
            || (text[position] == '_' && At(text, position + 1) is >= '0' and <= '9')))
        {
            position++;
        }

        return position;
    }

    private static int At(ReadOnlySpan<byte> text, int position) =>
        (uint)position < (uint)text.Length ? text[position] : -1;
}
