using System.Text;
using static PhaserAI.Migrations.Sql.StatementKind;

namespace PhaserAI.Migrations.Sql;

/// <summary>
/// Says what a statement means for the transaction it stands in, from its words alone. What PostgreSQL refuses inside a
/// transaction block was measured on 14–18; that REINDEX and CLUSTER of one relation are refused when it is partitioned
/// can't be seen in the text.
/// </summary>
internal static class StatementClassifier
{
    private const int LongestWord = 32;

    /// <param name="text">The text the statement stands in.</param>
    /// <param name="start">Where the statement's first token begins.</param>
    /// <param name="end">Where its last token ends.</param>
    /// <param name="standardConformingStrings">The setting the statement is read with.</param>
    /// <param name="hasReturning">Whether the word RETURNING stands in it outside parentheses.</param>
    public static StatementClass Classify(
        ReadOnlySpan<byte> text, int start, int end, bool standardConformingStrings, bool hasReturning)
    {
        var reader = new TokenReader(text, start, end, standardConformingStrings);
        if (!reader.Read())
            return new StatementClass(Transactional, "SQL");
        if (reader.Current.Kind == SqlTokenKind.OpenParenthesis)
            return Rows("SELECT");
        if (reader.Current.Kind != SqlTokenKind.Word)
            return new StatementClass(Transactional, "SQL");

        Span<char> buffer = stackalloc char[LongestWord];
        var word = UpperCase(reader.CurrentText, buffer);
        switch (word)
        {
            case "SELECT": return Rows("SELECT");
            case "VALUES": return Rows("VALUES");
            case "TABLE": return Rows("TABLE");
            case "WITH": return Rows("WITH");
            case "SHOW": return Rows("SHOW");
            case "EXPLAIN": return Rows("EXPLAIN");
            case "FETCH": return Rows("FETCH");
            case "EXECUTE": return Rows("EXECUTE");
            case "CALL": return Rows("CALL");
            case "INSERT": return new StatementClass(Transactional, "INSERT", hasReturning);
            case "UPDATE": return new StatementClass(Transactional, "UPDATE", hasReturning);
            case "DELETE": return new StatementClass(Transactional, "DELETE", hasReturning);
            case "MERGE": return new StatementClass(Transactional, "MERGE", hasReturning);
            case "CREATE": return DefinitionClassifier.Create(ref reader);
            case "ALTER": return DefinitionClassifier.Alter(ref reader);
            case "DROP": return DefinitionClassifier.Drop(ref reader);
            case "COPY": return Copy(ref reader);
            case "DO": return new StatementClass(DoBlock.EndsTransactions(ref reader) ? NonTransactional : Transactional, "DO");
            case "VACUUM": return new StatementClass(NonTransactional, "VACUUM");
            case "REINDEX": return Reindex(ref reader);
            case "CLUSTER": return Cluster(ref reader);
            case "DISCARD":
                return reader.TryReadWord("all"u8)
                    ? new StatementClass(NonTransactional, "DISCARD ALL")
                    : new StatementClass(Transactional, "DISCARD");
            case "BEGIN": return new StatementClass(Begin, "BEGIN");
            case "START" when reader.TryReadWord("transaction"u8): return new StatementClass(Begin, "START TRANSACTION");
            case "COMMIT": return EndOfTransaction(ref reader, "COMMIT");
            case "END": return EndOfTransaction(ref reader, "END");
            case "ROLLBACK": return Abort(ref reader, "ROLLBACK");
            case "ABORT": return Abort(ref reader, "ABORT");
            case "SAVEPOINT": return new StatementClass(Savepoint, "SAVEPOINT");
            case "RELEASE": return new StatementClass(Savepoint, "RELEASE");
            case "PREPARE": return Prepare(ref reader);
            case "SET": return Set(ref reader);
            default: return new StatementClass(Transactional, OtherCommand(word, ref reader));
        }
    }

    /// <summary>The word in capitals; empty if it is too long or not ASCII, as no keyword is.</summary>
    public static ReadOnlySpan<char> UpperCase(ReadOnlySpan<byte> word, Span<char> buffer) =>
        word.Length <= buffer.Length && Ascii.ToUpper(word, buffer, out var length) == System.Buffers.OperationStatus.Done
            ? buffer[..length]
            : [];

    private static StatementClass Rows(string command) => new(Transactional, command, ReturnsRows: true);

    // COPY … FROM STDIN and FROM STDOUT mean the same to gram.y (copy_file_name), as do TO STDOUT and TO STDIN. FROM and TO
    // are reserved words, so that outside parentheses they are nothing else.
    private static StatementClass Copy(ref TokenReader reader)
    {
        var depth = 0;
        while (reader.Read())
        {
            if (reader.Current.Kind == SqlTokenKind.OpenParenthesis)
                depth++;
            else if (reader.Current.Kind == SqlTokenKind.CloseParenthesis)
                depth--;
            if (depth != 0 || reader.Current.Kind != SqlTokenKind.Word)
                continue;

            var from = reader.IsWord("from"u8);
            if (!from && !reader.IsWord("to"u8))
                continue;
            if (!reader.TryReadWord("stdin"u8) && !reader.TryReadWord("stdout"u8))
                break;
            return from
                ? new StatementClass(CopyFromStdin, "COPY FROM STDIN")
                : new StatementClass(CopyToStdout, "COPY TO STDOUT");
        }

        return new StatementClass(Transactional, "COPY");
    }

    private static StatementClass Reindex(ref TokenReader reader)
    {
        var concurrently = OptionList.TryRead(ref reader, "concurrently"u8, out var option) && (option ?? false);
        ReadOnlySpan<char> target = reader.Read() ? UpperCase(reader.CurrentText, stackalloc char[LongestWord]) : [];
        if (reader.TryReadWord("concurrently"u8))
            concurrently = true;
        return target switch
        {
            "INDEX" when concurrently => new StatementClass(NonTransactional, "REINDEX INDEX CONCURRENTLY"),
            "INDEX" => new StatementClass(Transactional, "REINDEX INDEX"),
            "TABLE" when concurrently => new StatementClass(NonTransactional, "REINDEX TABLE CONCURRENTLY"),
            "TABLE" => new StatementClass(Transactional, "REINDEX TABLE"),
            "SCHEMA" when concurrently => new StatementClass(NonTransactional, "REINDEX SCHEMA CONCURRENTLY"),
            "SCHEMA" => new StatementClass(NonTransactional, "REINDEX SCHEMA"),
            "DATABASE" when concurrently => new StatementClass(NonTransactional, "REINDEX DATABASE CONCURRENTLY"),
            "DATABASE" => new StatementClass(NonTransactional, "REINDEX DATABASE"),
            "SYSTEM" => new StatementClass(NonTransactional, "REINDEX SYSTEM"),
            _ => new StatementClass(Transactional, "REINDEX"),
        };
    }

    // VERBOSE can't be a table's name without quotes (kwlist.h: TYPE_FUNC_NAME_KEYWORD).
    private static StatementClass Cluster(ref TokenReader reader)
    {
        OptionList.TryRead(ref reader, [], out _);
        reader.TryReadWord("verbose"u8);
        return new StatementClass(reader.Read() ? Transactional : NonTransactional, "CLUSTER");
    }

    private static StatementClass EndOfTransaction(ref TokenReader reader, string command)
    {
        if (reader.TryReadWord("prepared"u8))
            return new StatementClass(NonTransactional, "COMMIT PREPARED");
        SkipWorkOrTransaction(ref reader);
        return reader.TryReadWord("and"u8) && reader.TryReadWord("chain"u8)
            ? new StatementClass(CommitAndChain, "COMMIT AND CHAIN")
            : new StatementClass(Commit, command);
    }

    private static StatementClass Abort(ref TokenReader reader, string command)
    {
        if (reader.TryReadWord("prepared"u8))
            return new StatementClass(NonTransactional, "ROLLBACK PREPARED");
        SkipWorkOrTransaction(ref reader);
        return reader.TryReadWord("to"u8)
            ? new StatementClass(Savepoint, "ROLLBACK TO SAVEPOINT")
            : new StatementClass(Rollback, command);
    }

    private static void SkipWorkOrTransaction(ref TokenReader reader)
    {
        if (!reader.TryReadWord("work"u8))
            reader.TryReadWord("transaction"u8);
    }

    // PREPARE transaction AS … prepares a statement of that name.
    private static StatementClass Prepare(ref TokenReader reader) =>
        reader.TryReadWord("transaction"u8) && reader.TryReadString(out _)
            ? new StatementClass(PrepareTransaction, "PREPARE TRANSACTION")
            : new StatementClass(Transactional, "PREPARE");

    private static StatementClass Set(ref TokenReader reader)
    {
        if (!reader.TryReadWord("local"u8))
        {
            var session = reader;
            if (session.TryReadWord("session"u8) && !IsCharacteristics(session))
                reader = session;
        }

        if (reader.TryReadWord("transaction"u8))
            return new StatementClass(SetTransaction, "SET TRANSACTION");
        return reader.TryReadWord("session"u8) && IsCharacteristics(reader)
            ? new StatementClass(SetTransaction, "SET SESSION CHARACTERISTICS")
            : new StatementClass(Transactional, "SET");
    }

    private static bool IsCharacteristics(TokenReader reader) => reader.TryReadWord("characteristics"u8);

    private static string OtherCommand(scoped ReadOnlySpan<char> word, ref TokenReader reader) => word switch
    {
        "ANALYZE" or "ANALYSE" => "ANALYZE",
        "CHECKPOINT" => "CHECKPOINT",
        "CLOSE" => "CLOSE",
        "COMMENT" => "COMMENT",
        "DEALLOCATE" => "DEALLOCATE",
        "DECLARE" => "DECLARE",
        "GRANT" => "GRANT",
        "IMPORT" => "IMPORT FOREIGN SCHEMA",
        "LISTEN" => "LISTEN",
        "LOAD" => "LOAD",
        "LOCK" => "LOCK",
        "MOVE" => "MOVE",
        "NOTIFY" => "NOTIFY",
        "REASSIGN" => "REASSIGN OWNED",
        "REFRESH" => Refresh(ref reader),
        "RESET" => "RESET",
        "REVOKE" => "REVOKE",
        "SECURITY" => "SECURITY LABEL",
        "TRUNCATE" => "TRUNCATE",
        "UNLISTEN" => "UNLISTEN",
        "" => "SQL",
        _ => word.ToString(),
    };

    private static string Refresh(ref TokenReader reader) =>
        reader.TryReadWord("materialized"u8) && reader.TryReadWord("view"u8) && reader.TryReadWord("concurrently"u8)
            ? "REFRESH MATERIALIZED VIEW CONCURRENTLY"
            : "REFRESH MATERIALIZED VIEW";
}
