using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// CREATE INDEX IF NOT EXISTS calls it a success when an interrupted concurrent build has left an INVALID index of that name: one that serves no
/// query, and has not proved a UNIQUE. A question behind the statement, in the same transaction, fails then. (What CREATE INDEX CONCURRENTLY leaves
/// for itself is healed: <see cref="ConcurrentIndex"/>.)
/// </summary>
internal static class ExistingIndex
{
    /// <summary>The server's error when the question fails.</summary>
    public const string IsInvalid = PostgresErrorCodes.InvalidArgumentForPowerFunction;

    /// <summary>The question; null when the statement is another one.</summary>
    public static NpgsqlBatchCommand? Question(SourceText text, SqlStatement statement)
    {
        if (!TryRead(text, statement, out var name, out var table))
            return null;
        // On a partitioned table an index may be invalid on purpose, until those of the partitions are attached. The number is no constant, which the
        // planner would compute
        var question = new NpgsqlBatchCommand("""
            select pg_catalog.sqrt(-1 - i.indnatts::pg_catalog.float8)
              from pg_catalog.pg_class t
              join pg_catalog.pg_class c on c.relnamespace = t.relnamespace and c.relname = $1::pg_catalog.name and c.relkind = 'i'
              join pg_catalog.pg_index i on i.indexrelid = c.oid and not i.indisvalid
             where t.oid = pg_catalog.to_regclass($2)
            """);
        question.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        question.Parameters.Add(new NpgsqlParameter<string> { TypedValue = table.ToString() });
        return question;
    }

    /// <summary>What to say when it has failed.</summary>
    public static (string Message, string Hint) Explain(StatementOrigin origin)
    {
        _ = TryRead(origin.Text, origin.Statement!.Value, out var name, out var table);
        var index = new ObjectName([.. table.Parts[..^1], name]);
        return (
            $"index {index} exists and is INVALID: an interrupted concurrent build has left it, and IF NOT EXISTS would call it built",
            $"If nothing builds it at this moment: DROP INDEX CONCURRENTLY {index};");
    }

    private static bool TryRead(SourceText text, SqlStatement statement, out string name, out ObjectName table)
    {
        (name, table) = ("", new ObjectName([]));
        if (statement.Command != "CREATE INDEX")
            return false;
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        reader.Read();
        reader.TryReadWord("unique"u8);
        if (!(reader.TryReadWord("index"u8) && reader.TryReadWord("if"u8) && reader.TryReadWord("not"u8) && reader.TryReadWord("exists"u8)
            && reader.TryReadIdentifier(out name) && reader.TryReadWord("on"u8)))
        {
            return false;
        }

        reader.TryReadWord("only"u8);
        return ObjectName.TryRead(ref reader, out table);
    }
}
