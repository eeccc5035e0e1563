using System.Text;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>
/// Statements that would let go of the migration lock, which the session itself holds: DISCARD ALL and
/// pg_advisory_unlock…(), also in the body of a DO block. A function that is only created releases nothing.
/// </summary>
internal static class LockRelease
{
    private const string Mend = "Remove it: each migration begins with a clean session anyway.";

    private static ReadOnlySpan<byte> Unlock => "pg_advisory_unlock"u8;

    public static IEnumerable<ScriptProblem> Find(ScriptSection section)
    {
        foreach (var statement in section.Statements)
        {
            if (statement.Command == "DISCARD ALL")
                yield return section.Text.Problem(statement.Start, "DISCARD ALL would release the lock that keeps other runs away", Mend);
            else if (FindUnlock(section.Text, statement) is var offset and >= 0)
                yield return section.Text.Problem(offset, "this call would release the lock that keeps other runs away", Mend);
        }
    }

    private static int FindUnlock(SourceText text, SqlStatement statement)
    {
        // Most statements end here: reading their tokens again would cost.
        var sql = text.Bytes.Slice(statement.Start, statement.Length);
        if (sql.IndexOf("nlock"u8) < 0 && sql.IndexOf("NLOCK"u8) < 0)
            return -1;
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        while (reader.Read())
        {
            if (reader.Current.Kind is SqlTokenKind.Word && reader.Current.Length >= Unlock.Length
                && Ascii.EqualsIgnoreCase(reader.CurrentText[..Unlock.Length], Unlock))
            {
                return reader.Current.Start;
            }

            var isBody = statement.Command == "DO" && reader.Current.Kind is (SqlTokenKind.DollarString or SqlTokenKind.String);
            if (isBody && reader.CurrentText.IndexOf(Unlock) is var inBody and >= 0)
                return reader.Current.Start + inBody;
        }

        return -1;
    }
}
