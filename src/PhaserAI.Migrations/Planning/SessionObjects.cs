using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>
/// What lives in a session and is used in a later step than the one that made it: temporary tables, prepared statements,
/// cursors. An interrupted migration goes on in a new session, which has none of them.
/// </summary>
internal static class SessionObjects
{
    private const string Mend = "Put both into one BEGIN … COMMIT, or make it again in this step; instead of a temporary table an ordinary one can be used and dropped.";

    private enum Kind
    {
        Relation,
        Statement,
        Cursor,
    }

    public static IEnumerable<ScriptProblem> Find(ImmutableArray<Step> steps)
    {
        var made = new Dictionary<(Kind Kind, string Name), int>();
        foreach (var step in steps.Length > 1 ? steps : [])
        {
            foreach (var statement in step.Statements)
            {
                if (made.Count > 0 && FindUse(step, statement, made) is { } use)
                {
                    made.Remove(use.Key);
                    yield return step.Text.Problem(
                        use.Offset,
                        $"{Describe(use.Key)} belongs to the session of an earlier step, and after an interruption this step runs in another one",
                        Mend);
                }

                if (ReadMade(step.Text, statement) is { } key)
                    made[key] = step.Number;
            }
        }
    }

    private static string Describe((Kind Kind, string Name) key) => key.Kind switch
    {
        Kind.Relation => $"the temporary table {key.Name}",
        Kind.Statement => $"the prepared statement {key.Name}",
        _ => $"the cursor {key.Name}",
    };

    /// <summary>What a statement makes that outlives its transaction, but not its session.</summary>
    private static (Kind, string)? ReadMade(SourceText text, SqlStatement statement)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        reader.Read();
        switch (statement.Command)
        {
            case "PREPARE" when reader.TryReadIdentifier(out var prepared):
                return (Kind.Statement, prepared);
            case "DECLARE" when reader.TryReadIdentifier(out var cursor) && Has(reader, "hold"u8):
                return (Kind.Cursor, cursor);
            case "SELECT" or "WITH":
                while (reader.Read())
                {
                    if (reader.IsWord("into"u8) && TryReadTemporary(ref reader))
                    {
                        reader.TryReadWord("table"u8);
                        return reader.TryReadIdentifier(out var name) ? (Kind.Relation, name) : null;
                    }
                }

                return null;
            case "CREATE TABLE" or "CREATE VIEW" or "CREATE SEQUENCE":
                var isTemporary = false;
                while (reader.Read() && !reader.IsWord("table"u8) && !reader.IsWord("view"u8) && !reader.IsWord("sequence"u8))
                    isTemporary |= reader.IsWord("temp"u8) || reader.IsWord("temporary"u8);
                if (reader.TryReadWord("if"u8))
                    _ = reader.TryReadWord("not"u8) && reader.TryReadWord("exists"u8);
                return ObjectName.TryRead(ref reader, out var relation) && (isTemporary || relation.Parts[0] == "pg_temp") && !DropsOnCommit(reader)
                    ? (Kind.Relation, relation.Last)
                    : null;
            default:
                return null;
        }
    }

    private static bool TryReadTemporary(ref TokenReader reader) => reader.TryReadWord("temp"u8) || reader.TryReadWord("temporary"u8);

    private static bool Has(TokenReader reader, ReadOnlySpan<byte> word)
    {
        while (reader.Read())
        {
            if (reader.IsWord(word))
                return true;
        }

        return false;
    }

    private static bool DropsOnCommit(TokenReader reader)
    {
        while (reader.Read())
        {
            if (reader.IsWord("commit"u8) && reader.TryReadWord("drop"u8))
                return true;
        }

        return false;
    }

    private static ((Kind, string) Key, int Offset)? FindUse(Step step, SqlStatement statement, Dictionary<(Kind Kind, string Name), int> made)
    {
        // Made again, it is this step's own; and where it may be missing, it need not be there.
        if (ReadMade(step.Text, statement) is { } again)
            made.Remove(again);
        var bytes = step.Text.Bytes;
        var reader = new TokenReader(bytes, statement.Start, statement.End);
        var previous = Before.Nothing;
        var queries = new HashSet<string>(StringComparer.Ordinal); // WITH name AS (…)
        while (reader.Read())
        {
            var current = reader.Current;
            if (statement.Command == "DO" && current.Kind is SqlTokenKind.DollarString)
            {
                var tag = bytes[(current.Start + 1)..].IndexOf((byte)'$') + 2;
                reader = new TokenReader(bytes, current.Start + tag, current.End - tag);
                continue;
            }

            if (current.Kind is SqlTokenKind.Word or SqlTokenKind.QuotedIdentifier)
            {
                var kind = previous switch { Before.Statement => Kind.Statement, Before.Cursor => Kind.Cursor, _ => Kind.Relation };
                var key = (Kind: kind, Name: SqlLiteral.IdentifierName(reader.CurrentText));
                if (IsQuery(reader))
                    queries.Add(key.Name);
                else if (previous is not Before.Nothing && made.TryGetValue(key, out var maker) && maker < step.Number
                    && !queries.Contains(key.Name) && !IsOther(reader))
                    return (key, current.Start);
            }

            previous = Follow(ref reader, statement.Command, previous);
        }

        return null;
    }

    /// <summary>What a name would mean that comes next.</summary>
    private enum Before
    {
        Nothing,
        Relation,
        Statement,
        Cursor,
    }

    private static Before Follow(ref TokenReader reader, string command, Before previous)
    {
        if (command is "FETCH" or "MOVE" or "CLOSE")
            return Before.Cursor;
        if (command == "DEALLOCATE" || (command is not "DO" && reader.IsWord("execute"u8)))
            return Before.Statement;
        if (reader.IsWord("only"u8) && previous is Before.Relation)
            return previous;
        if (reader.IsWord("pg_temp"u8) && reader.TryReadCharacter('.'))
            return Before.Relation;
        if (reader.IsWord("from"u8) || reader.IsWord("join"u8) || reader.IsWord("into"u8) || reader.IsWord("update"u8) || reader.IsWord("using"u8)
            || reader.IsWord("copy"u8) || reader.IsWord("truncate"u8))
        {
            return Before.Relation;
        }

        // CREATE TABLE names a new one, and with IF EXISTS it need not be there.
        return reader.IsWord("table"u8) && !command.StartsWith("CREATE", StringComparison.Ordinal) ? Before.Relation : Before.Nothing;
    }

    private static bool IsQuery(TokenReader reader)
    {
        if (!reader.TryReadWord("as"u8))
            return false;
        reader.TryReadWord("not"u8);
        reader.TryReadWord("materialized"u8);
        return reader.TryReadCharacter('(');
    }

    /// <summary>A schema or a function.</summary>
    private static bool IsOther(TokenReader reader) => reader.TryReadCharacter('.') || reader.TryReadCharacter('(');
}
