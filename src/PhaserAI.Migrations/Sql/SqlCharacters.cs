namespace PhaserAI.Migrations.Sql;

/// <summary>The character classes of PostgreSQL's scan.l, over bytes.</summary>
internal static class SqlCharacters
{
    private static readonly CharacterKinds[] Kinds = Classify();

    /// <summary>scan.l <c>space</c>: not U+00A0 or U+0085; \v since PostgreSQL 16.</summary>
    public static bool IsSpace(byte value) => Is(value, CharacterKinds.Space);

    /// <summary>scan.l <c>ident_start</c>: letters, the underscore and every byte of a non-ASCII character.</summary>
    public static bool IsIdentifierStart(byte value) => Is(value, CharacterKinds.IdentifierStart);

    /// <summary>scan.l <c>ident_cont</c>.</summary>
    public static bool IsIdentifierPart(byte value) => Is(value, CharacterKinds.IdentifierPart);

    /// <summary>scan.l <c>dolq_cont</c>: as ident_cont, without the dollar sign.</summary>
    public static bool IsTagPart(byte value) => value != (byte)'$' && IsIdentifierPart(value);

    public static bool IsDigit(byte value) => (uint)(value - '0') <= 9;

    public static bool IsHexDigit(byte value) => IsDigit(value) || (uint)((value | 0x20) - 'a') <= 5;

    /// <summary>scan.l <c>op_chars</c>.</summary>
    public static bool IsOperator(byte value) => Is(value, CharacterKinds.Operator);

    /// <summary>An operator character that standard SQL does not know: it lets an operator end in + or -.</summary>
    public static bool IsNonStandardOperator(byte value) => Is(value, CharacterKinds.NonStandardOperator);

    private static bool Is(byte value, CharacterKinds kind) => (Kinds[value] & kind) != CharacterKinds.None;

    private static CharacterKinds[] Classify()
    {
        var kinds = new CharacterKinds[256];
        Add(kinds, " \t\n\r\f\v"u8, CharacterKinds.Space);
        Add(kinds, "~!@#^&|`?+-*/%<>="u8, CharacterKinds.Operator);
        Add(kinds, "~!@#^&|`?%"u8, CharacterKinds.NonStandardOperator);
        Add(kinds, "0123456789$"u8, CharacterKinds.IdentifierPart);
        for (var value = 0; value < kinds.Length; value++)
        {
            if (value >= 0x80 || value == '_' || char.IsAsciiLetter((char)value))
                kinds[value] |= CharacterKinds.IdentifierStart | CharacterKinds.IdentifierPart;
        }

        return kinds;
    }

    private static void Add(CharacterKinds[] kinds, ReadOnlySpan<byte> values, CharacterKinds kind)
    {
        foreach (var value in values)
            kinds[value] |= kind;
    }

    [Flags]
    private enum CharacterKinds : byte
    {
        None = 0,
        Space = 1,
        IdentifierStart = 2,
        IdentifierPart = 4,
        Operator = 8,
        NonStandardOperator = 16,
    }
}
