using System.Text;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>
/// Statements that do what their text does not show: DO blocks, calls of procedures and functions. Anything may be gone
/// after one that builds a DROP or calls something that drops.
/// </summary>
internal sealed class DynamicCode
{
    private static readonly string[] Removing = ["drop", "rename", "set schema", "cascade"];
    // Functions of PostgreSQL itself that are named like that and drop nothing.
    private static readonly string[] Builtin = ["array_remove", "jsonb_delete", "ts_delete"];
    private static readonly string[] RemovingNames = ["drop", "undo", "remove", "delete", "rename", "detach", "exec"];

    private readonly HashSet<string> _harmless = new(Builtin, StringComparer.Ordinal);
    private readonly HashSet<string> _removing = new(StringComparer.Ordinal);

    /// <summary>Remembers whether a routine that a script creates drops something when it is called.</summary>
    public void Learn(SourceText text, in SqlStatement statement, string name) =>
        (Mentions(text.GetString(statement.Start, statement.Length), Removing) ? _removing : _harmless).Add(name);

    /// <summary>Whether anything may be gone after the statement; if not, the names of what may be.</summary>
    public bool MayRemoveAnything(SourceText text, in SqlStatement statement, List<string> names)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        switch (statement.Command)
        {
            case "DO":
                var removes = false;
                while (!removes && reader.Read())
                {
                    var ahead = reader;
                    removes = reader.Current.Kind is SqlTokenKind.Word && ahead.TryReadString(out var body) && MayRemoveAnything(body, names);
                }

                return removes;
            case "CALL":
                return reader.Read() && reader.TryReadQualifiedName(out var procedure) && !IsHarmless(procedure);
            case "EXECUTE" or "SELECT" or "WITH" or "VALUES" or "TABLE" or "INSERT" or "UPDATE" or "DELETE" or "MERGE" or "EXPLAIN" or "FETCH":
                return CallsRemoving(reader);
            default:
                return false;
        }
    }

    private bool MayRemoveAnything(string body, List<string> names)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var reader = new TokenReader(bytes, 0, bytes.Length);
        if (CallsRemoving(reader))
            return true;
        if (!Mentions(body, Removing))
            return false;
        var found = new List<string>();
        while (reader.Read())
        {
            if (reader.IsWord("execute"u8) || reader.IsWord("cascade"u8))
                return true;
            if (reader.Current.Kind is SqlTokenKind.Word or SqlTokenKind.QuotedIdentifier)
                found.Add(SqlLiteral.IdentifierName(reader.CurrentText));
        }

        names.AddRange(found);
        return false;
    }

    private bool CallsRemoving(TokenReader reader)
    {
        while (reader.Read())
        {
            if (reader.IsWord("call"u8))
            {
                var call = reader;
                if (call.TryReadQualifiedName(out var procedure) && call.TryReadCharacter('(') && !IsHarmless(procedure))
                    return true;
            }

            // INSERT INTO removed (…) calls nothing.
            if (reader.IsWord("into"u8) && reader.TryReadQualifiedName(out _))
                continue;

            if (reader.Current.Kind is not (SqlTokenKind.Word or SqlTokenKind.QuotedIdentifier))
                continue;
            var ahead = reader;
            var name = SqlLiteral.IdentifierName(reader.CurrentText);
            if (ahead.TryReadCharacter('(') && (_removing.Contains(name) || (!_harmless.Contains(name) && Mentions(name, RemovingNames))))
                return true;
        }

        return false;
    }

    /// <summary>A procedure that no script has created may do anything; a function is judged by its name, too.</summary>
    private bool IsHarmless(string routine) => _harmless.Contains(routine) && !_removing.Contains(routine);

    private static bool Mentions(string text, string[] words) => Array.Exists(words, word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
}
