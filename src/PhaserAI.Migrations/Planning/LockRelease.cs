using System.Text;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>
/// Statements that would let go of the migration lock, which the session itself holds: DISCARD ALL and
/// pg_advisory_unlock…(), also in the body of a DO block or a function.
/// </summary>
internal static class LockRelease
{
    private const string Mend = "Remove it: each migration begins with a clean session anyway.";

    public static IEnumerable<ScriptProblem> Find(ScriptSection section)
    {
        foreach (var statement in section.Statements)
        {
            if (statement.Command == "DISCARD ALL")
                yield return section.Text.Problem(statement.Start, "DISCARD ALL would release the lock that keeps other runs away", Mend);
            else if (FindUnlock(section.Text, statement) is var offset and >= 0)
                yield return section.Text.Problem(offset, "pg_advisory_unlock would release the lock that keeps other runs away", Mend);
        }
    }

    private static int FindUnlock(SourceText text, SqlStatement statement)
    {
        var sql = text.Bytes.Slice(statement.Start, statement.Length);
        if (sql.IndexOf("nlock"u8) < 0 && sql.IndexOf("NLOCK"u8) < 0)
            return -1;
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        while (reader.Read())
        {
            var name = "pg_advisory_unlock"u8;
            var token = reader.CurrentText;
            var isCall = reader.Current.Kind is SqlTokenKind.Word && token.Length >= name.Length && Ascii.EqualsIgnoreCase(token[..name.Length], name);
            var isInBody = reader.Current.Kind is SqlTokenKind.DollarString && token.IndexOf(name) >= 0;
            if (isCall || isInBody)
                return reader.Current.Start + (isInBody ? token.IndexOf(name) : 0);
        }

        return -1;
    }
}
