namespace PhaserAI.Migrations.Sql;

/// <summary>The character classes of PostgreSQL's scan.l, over bytes.</summary>
internal static class SqlCharacters
{
    private const byte Space = 1;
    private const byte IdentifierStart = 2;
    private const byte IdentifierPart = 4;
    private const byte Operator = 8;
    private const byte NonStandardOperator = 16;
    private const byte StringPrefix = 32;

    // One row for 16 bytes. A literal, because the compiler then knows that no byte is out of its range: the lexer spends
    // most of its time here.
    private static ReadOnlySpan<byte> Kinds =>
    [
         0,  0,  0,  0,  0,  0,  0,  0,  0,  1,  1,  1,  1,  1,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         1, 24,  0, 24,  4, 24, 24,  0,  0,  0,  8,  8,  0,  8,  0,  8,
         4,  4,  4,  4,  4,  4,  4,  4,  4,  4,  0,  0,  8,  8,  8, 24,
        24,  6, 38,  6,  6, 38,  6,  6,  6,  6,  6,  6,  6,  6, 38,  6,
         6,  6,  6,  6,  6, 38,  6,  6, 38,  6,  6,  0,  0,  0, 24,  6,
        24,  6, 38,  6,  6, 38,  6,  6,  6,  6,  6,  6,  6,  6, 38,  6,
         6,  6,  6,  6,  6, 38,  6,  6, 38,  6,  6,  0, 24,  0, 24,  0,
         6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,
         6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,
         6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,
         6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,
         6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,
         6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,
         6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,
         6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,  6,
    ];

    /// <summary>scan.l <c>space</c>: not U+00A0 or U+0085; \v since PostgreSQL 16.</summary>
    public static bool IsSpace(byte value) => (Kinds[value] & Space) != 0;

    /// <summary>scan.l <c>ident_start</c>: letters, the underscore and every byte of a non-ASCII character.</summary>
    public static bool IsIdentifierStart(byte value) => (Kinds[value] & IdentifierStart) != 0;

    /// <summary>scan.l <c>ident_cont</c>.</summary>
    public static bool IsIdentifierPart(byte value) => (Kinds[value] & IdentifierPart) != 0;

    /// <summary>scan.l <c>dolq_cont</c>: as ident_cont, without the dollar sign.</summary>
    public static bool IsTagPart(byte value) => value != (byte)'$' && IsIdentifierPart(value);

    /// <summary>The letters that begin an identifier and never a quoted token: all but E, N, B, X and U.</summary>
    public static bool IsPlainIdentifierStart(byte value) => (Kinds[value] & (IdentifierStart | StringPrefix)) == IdentifierStart;

    public static bool IsDigit(byte value) => (uint)(value - '0') <= 9;

    public static bool IsHexDigit(byte value) => IsDigit(value) || (uint)((value | 0x20) - 'a') <= 5;

    /// <summary>scan.l <c>op_chars</c>.</summary>
    public static bool IsOperator(byte value) => (Kinds[value] & Operator) != 0;

    /// <summary>An operator character that standard SQL does not know: it lets an operator end in + or -.</summary>
    public static bool IsNonStandardOperator(byte value) => (Kinds[value] & NonStandardOperator) != 0;
}
