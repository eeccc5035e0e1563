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

    private static readonly string[] Heads =
    [
        "", "REINDEX", "CLUSTER", "CREATE SUBSCRIPTION x WITH", "ALTER SUBSCRIPTION x SET", "DO", "COPY t FROM", "COPY t FROM STDIN;",
        "SET standard_conforming_strings", "SELECT set_config", "ALTER TABLE", "CREATE FUNCTION f()", "PREPARE TRANSACTION", "SET SESSION",
    ];

    private static readonly string[] Words =
    [
        "(", ")", ",", "=", ";", ".", "*", "'", "''", "\"", "E'", "U&'", "$$", "\\", "\\.", "\n", "x", "false", "'off'", "-- x\n", "\0",
        "CREATE", "ALTER", "DROP", "REINDEX", "CLUSTER", "DO", "COPY", "FROM", "TO", "STDIN", "SET", "RESET", "SELECT", "set_config",
        "LOCAL", "SESSION", "standard_conforming_strings", "INDEX", "TABLE", "IF", "EXISTS", "ONLY", "DETACH", "PARTITION", "CONCURRENTLY",
        "DATABASE", "TABLESPACE", "SUBSCRIPTION", "WITH", "connect", "refresh", "PUBLICATION", "LANGUAGE", "COMMIT", "ROLLBACK", "AND",
        "CHAIN", "PREPARE", "TRANSACTION", "PREPARED", "BEGIN", "END", "'standard_conforming_strings'", "TEXT", "SEARCH", "FUNCTION", "ATOMIC",
    ];

    /// <summary>Words of commands in any order, for code that must never throw.</summary>
    public static Gen<string> Commands { get; } = Gen.OneOf(Heads)
        .Select(Gen.OneOf(Words).Array[0, 8], static (head, words) => string.Join(' ', [head, .. words]));

    public static Gen<string> Scripts { get; } = Gen.OneOf(Pieces).Array[1, 40].Select(static pieces => string.Concat(pieces));
}
