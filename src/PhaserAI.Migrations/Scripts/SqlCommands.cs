using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>
/// Whether words begin a statement or a sentence. The commands are those of the PostgreSQL 18 manual, part VI; where a
/// command is also an English verb, the words after it decide ("Drop the table first" is no statement). A sentence that
/// passes for a statement does no harm: the server refuses its syntax.
/// </summary>
internal static class SqlCommands
{
    private const string Literal = "'";

    private static readonly HashSet<string> Objects = new(StringComparer.Ordinal)
    {
        "ACCESS", "AGGREGATE", "CAST", "COLLATION", "CONSTRAINT", "CONVERSION", "DATABASE", "DEFAULT", "DOMAIN", "EVENT",
        "EXTENSION", "FOREIGN", "FUNCTION", "GLOBAL", "GROUP", "INDEX", "LANGUAGE", "LARGE", "LOCAL", "MATERIALIZED",
        "OPERATOR", "OR", "OWNED", "POLICY", "PROCEDURAL", "PROCEDURE", "PUBLICATION", "RECURSIVE", "ROLE", "ROUTINE",
        "RULE", "SCHEMA", "SEQUENCE", "SERVER", "STATISTICS", "SUBSCRIPTION", "SYSTEM", "TABLE", "TABLESPACE", "TEMP",
        "TEMPORARY", "TEXT", "TRANSFORM", "TRIGGER", "TRUSTED", "TYPE", "UNIQUE", "UNLOGGED", "USER", "VIEW",
    };

    /// <summary>Whether a statement or a meta-command of psql begins at <paramref name="start"/>.</summary>
    public static bool BeginsStatement(ReadOnlySpan<byte> text, int start, int end)
    {
        var reader = new TokenReader(text, start, end);
        while (reader.TryReadCharacter('('))
        {
            // ( SELECT … ) UNION …
        }

        if (!reader.Read())
            return false;
        if (reader.Current.Kind is not SqlTokenKind.Word)
            return reader.Current.Kind is SqlTokenKind.MetaCommand;
        var command = Current(reader);
        var afterCommand = reader;
        var second = Next(ref reader);
        var third = Next(ref reader);
        return command switch
        {
            "CREATE" or "DROP" or "ALTER" => Objects.Contains(second),
            "DELETE" => second is "FROM",
            "INSERT" or "MERGE" => second is "INTO",
            "UPDATE" => UpdateHasSet(afterCommand),
            "BEGIN" => second is "" or "TRANSACTION" or "WORK" or "ISOLATION" or "READ" or "NOT" or "DEFERRABLE",
            "START" => second is "TRANSACTION",
            "COMMIT" or "END" or "ABORT" => second is "" or "TRANSACTION" or "WORK" or "AND" or "PREPARED",
            "ROLLBACK" => second is "" or "TRANSACTION" or "WORK" or "AND" or "PREPARED" || (second is "TO" && !IsEnglish(third)),
            "SET" => third is "=" or "TO" or "." || second is "LOCAL" or "SESSION" or "ROLE" or "TIME" or "CONSTRAINTS" or "TRANSACTION" or "XML" or "NAMES" or "SCHEMA",
            "RESET" => third is "" or "." || second is "ALL" or "ROLE" or "SESSION" or "TIME",
            "DO" => second is Literal or "LANGUAGE",
            "LOAD" => second is Literal,
            "VALUES" => second is "(",
            "WITH" => second is "RECURSIVE" || third is "AS" or "(",
            "CALL" => third is "(" or ".",
            "EXECUTE" => third is "" or "(",
            "PREPARE" => second is "TRANSACTION" || third is "AS" or "(",
            "COPY" => second is "(" or "BINARY" || third is "(" or "." or "FROM" or "TO",
            "LOCK" => second is "TABLE" or "ONLY" || third is "" or "." or "," or "*" or "IN" or "NOWAIT",
            "COMMENT" => second is "ON" && (third is "COLUMN" || Objects.Contains(third)),
            "SECURITY" => second is "LABEL",
            "IMPORT" => second is "FOREIGN",
            "REASSIGN" => second is "OWNED",
            "REFRESH" => second is "MATERIALIZED",
            "DISCARD" => second is "ALL" or "PLANS" or "SEQUENCES" or "TEMP" or "TEMPORARY",
            "SELECT" or "TABLE" or "TRUNCATE" or "GRANT" or "REVOKE" or "VACUUM" or "ANALYZE" or "ANALYSE" or "CLUSTER"
                or "REINDEX" or "EXPLAIN" or "DECLARE" or "FETCH" or "MOVE" or "CLOSE" or "DEALLOCATE" or "SAVEPOINT"
                or "RELEASE" or "LISTEN" or "UNLISTEN" or "NOTIFY" or "SHOW" or "CHECKPOINT" => !IsEnglish(second),
            _ => false,
        };
    }

    /// <summary>
    /// Whether what begins at <paramref name="start"/> can only be a new statement, so that the one before it ended there
    /// without a semicolon. Other commands may go on with it: CREATE FUNCTION … SET, CREATE SCHEMA … CREATE TABLE.
    /// </summary>
    public static bool EndsStatementBefore(ReadOnlySpan<byte> text, int start, int end)
    {
        var reader = new TokenReader(text, start, end);
        return reader.Read()
            && Current(reader) is "BEGIN" or "START" or "DROP" or "ALTER" or "DELETE" or "UPDATE" or "INSERT" or "TRUNCATE"
            && BeginsStatement(text, start, end);
    }

    private static bool UpdateHasSet(TokenReader reader)
    {
        // UPDATE ONLY schema.table * AS alias SET
        for (var i = 0; i < 8 && reader.Read() && !reader.IsWord("and"u8); i++)
        {
            if (reader.IsWord("set"u8))
                return true;
        }

        return false;
    }

    private static bool IsEnglish(string word) => word is "THE" or "THIS" or "THAT" or "THESE" or "THOSE" or "IT" or "ITS"
        or "THEM" or "YOUR" or "OUR" or "EVERY" or "EACH" or "AN" or "ANY" or "IS" or "ARE" or "IF" or "WHICH" or "WHAT";

    /// <summary>The next token in capitals; empty at the end of the statement.</summary>
    private static string Next(ref TokenReader reader) =>
        reader.Read() && reader.Current.Kind is not SqlTokenKind.Semicolon ? Current(reader) : "";

    private static string Current(TokenReader reader) => reader.Current.Kind is SqlTokenKind.String or SqlTokenKind.DollarString
        ? Literal
        : System.Text.Encoding.UTF8.GetString(reader.CurrentText).ToUpperInvariant();
}
