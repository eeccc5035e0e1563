using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>
/// Whether words begin a statement or a sentence. The commands are those of the PostgreSQL 18 manual, part VI; where a
/// command is also an English verb, the word after it decides ("Drop the table first" is no statement).
/// </summary>
internal static class SqlCommands
{
    private static readonly HashSet<string> Objects = new(StringComparer.OrdinalIgnoreCase)
    {
        "ACCESS", "AGGREGATE", "CAST", "COLLATION", "CONSTRAINT", "CONVERSION", "DATABASE", "DEFAULT", "DOMAIN", "EVENT",
        "EXTENSION", "FOREIGN", "FUNCTION", "GLOBAL", "GROUP", "INDEX", "LANGUAGE", "LARGE", "LOCAL", "MATERIALIZED",
        "OPERATOR", "OR", "OWNED", "POLICY", "PROCEDURAL", "PROCEDURE", "PUBLICATION", "RECURSIVE", "ROLE", "ROUTINE",
        "RULE", "SCHEMA", "SEQUENCE", "SERVER", "STATISTICS", "SUBSCRIPTION", "SYSTEM", "TABLE", "TABLESPACE", "TEMP",
        "TEMPORARY", "TEXT", "TRANSFORM", "TRIGGER", "TRUSTED", "TYPE", "UNIQUE", "UNLOGGED", "USER", "VIEW",
    };

    /// <summary>Commands that are no everyday English at the beginning of a sentence, or whose next word can be anything.</summary>
    private static readonly HashSet<string> Unmistakable = new(StringComparer.OrdinalIgnoreCase)
    {
        "TRUNCATE", "VACUUM", "REINDEX", "GRANT", "REVOKE", "DEALLOCATE", "UNLISTEN", "LISTEN", "NOTIFY", "DISCARD",
        "SAVEPOINT", "EXPLAIN", "MERGE", "VALUES", "WITH", "SELECT", "RESET", "SET", "CHECKPOINT", "REASSIGN", "ANALYZE",
        "CLUSTER", "EXECUTE", "ABORT", "COMMIT", "ROLLBACK", "REFRESH",
    };

    /// <summary>Whether the statement's first words are those of a PostgreSQL command.</summary>
    public static bool BeginsStatement(ReadOnlySpan<byte> text, SqlStatement statement)
    {
        if (statement.Kind is StatementKind.MetaCommand)
            return true;
        var reader = new TokenReader(text, statement.Start, statement.End);
        if (!reader.Read())
            return false;
        while (reader.Current.Kind is SqlTokenKind.OpenParenthesis && reader.Read())
        {
            // ( SELECT … ) UNION …
        }

        if (reader.Current.Kind is not SqlTokenKind.Word)
            return false;
        var first = Word(text, reader.Current);
        var hasSecond = reader.Read();
        var second = !hasSecond ? "" : reader.Current.Kind is SqlTokenKind.Word ? Word(text, reader.Current) : "?";
        if (Unmistakable.Contains(first))
            return true;

        return first.ToUpperInvariant() switch
        {
            "CREATE" or "DROP" or "ALTER" => Objects.Contains(second),
            "DELETE" => Is(second, "FROM"),
            "INSERT" => Is(second, "INTO"),
            "COMMENT" or "SECURITY" => Is(second, "ON", "LABEL"),
            "IMPORT" => Is(second, "FOREIGN"),
            "BEGIN" => Is(second, "", "TRANSACTION", "WORK", "ISOLATION", "READ", "NOT", "DEFERRABLE"),
            "START" => Is(second, "TRANSACTION"),
            "END" => Is(second, "", "TRANSACTION", "WORK", "AND"),
            "UPDATE" => UpdateHasSet(text, statement),
            "DO" => Is(second, "?", "LANGUAGE"),
            "COPY" or "LOCK" or "CALL" or "TABLE" or "FETCH" or "MOVE" or "CLOSE" or "RELEASE" or "PREPARE" or "DECLARE"
                or "LOAD" or "SHOW" => second.Length > 0 && !Is(second, "the", "a", "an", "this", "all", "it", "that"),
            _ => false,
        };
    }

    private static bool UpdateHasSet(ReadOnlySpan<byte> text, SqlStatement statement)
    {
        var reader = new TokenReader(text, statement.Start, statement.End);
        while (reader.Read())
        {
            if (reader.IsWord("set"u8))
                return true;
        }

        return false;
    }

    private static bool Is(string word, params ReadOnlySpan<string> candidates)
    {
        foreach (var candidate in candidates)
        {
            if (word.Equals(candidate, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static string Word(ReadOnlySpan<byte> text, SqlToken token) =>
        System.Text.Encoding.UTF8.GetString(text.Slice(token.Start, token.Length));
}
