using CsCheck;

namespace PhaserAI.Migrations.Tests.Sql;

/// <summary>Random SQL, and nonsense that looks like it.</summary>
internal static class SqlTexts
{
    // Harmless to psql wherever they land: backslashes only before quotes, no :name, no meta-command. Numbers end in a space, as
    // psql 15 and 18 differ on the letters after them; no point or AS stands before CASE and END, no BEGIN is without ATOMIC,
    // as there the splitter knows better (see RoutineBody).
    private static readonly string[] Pieces =
    [
        "SELECT", " ", " ", "\n", "\n", "\t", "\r\n", ";", ";", ";", "a", "b1", "é", "\"", "\"\"", "'", "''", "'it''s'", "E'", "e'\\''",
        "'\\'", "N'", "B'0'", "x'", "U&'", "u&\"", "$", "$$", "$a$", "$a$", "$é$", "$1 ", "a$b$", "--", "-- ; '", "/*", "*/", "/* ; */",
        "/", "*", "-", "+", "@", "::", ":=", "(", ")", "(", ")", "[", "]", ",", "a.b", "1 ", "1.5 ", "1e ", "1..2 ", "0x1F ", "=", "<>",
        "CREATE", "OR", "REPLACE", "FUNCTION", "PROCEDURE", "CREATE FUNCTION f()", "CREATE OR REPLACE PROCEDURE p()",
        " BEGIN ATOMIC ", " CASE ", " END ", " END;", " CASE WHEN a THEN b END ", "COMMIT;", "{", "}", "#", "%", "?", "^", "|",
    ];

    public static Gen<string> Scripts { get; } = Gen.OneOf(Pieces).Array[1, 40].Select(static pieces => string.Concat(pieces));
}
