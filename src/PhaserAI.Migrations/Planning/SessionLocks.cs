using System.Text;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>
/// Statements that would let go of the migration lock, which the session itself holds: DISCARD ALL and
/// pg_advisory_unlock…(), also in the body of a DO block; and pg_advisory_lock(), whose lock the later migrations of the run would
/// hold too. A function that is only created does neither.
/// </summary>
internal static class SessionLocks
{
    private const string Mend = "Remove it: each migration begins with a clean session anyway.";

    private static ReadOnlySpan<byte> Unlock => "pg_advisory_unlock"u8;

    private static ReadOnlySpan<byte> Lock => "pg_advisory_lock"u8;

    private static ReadOnlySpan<byte> TryLock => "pg_try_advisory_lock"u8;

    public static IEnumerable<ScriptProblem> Find(ScriptSection section)
    {
        foreach (var statement in section.Statements)
        {
            if (statement.Command == "DISCARD ALL")
                yield return section.Text.Problem(statement.Start, "DISCARD ALL would release the lock that keeps other runs away", Mend);
            else if (!Mentions(section.Text, statement))
                continue;
            else if (FindCall(section.Text, statement, Unlock) is var unlock and >= 0)
                yield return section.Text.Problem(unlock, "this call would release the lock that keeps other runs away", Mend);
            else if (Math.Max(FindCall(section.Text, statement, Lock), FindCall(section.Text, statement, TryLock)) is var taken and >= 0)
                yield return section.Text.Problem(taken, "this lock would be held to the end of the run, through all later migrations", "Call pg_advisory_xact_lock: its lock ends with the transaction.");
        }
    }

    /// <summary>Most statements end here: reading their tokens again would cost.</summary>
    private static bool Mentions(SourceText text, SqlStatement statement)
    {
        var sql = text.Bytes.Slice(statement.Start, statement.Length);
        return sql.IndexOf("dvisory_"u8) >= 0 || sql.IndexOf("DVISORY_"u8) >= 0;
    }

    private static int FindCall(SourceText text, SqlStatement statement, ReadOnlySpan<byte> function)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        while (reader.Read())
        {
            if (reader.Current.Kind is SqlTokenKind.Word && reader.Current.Length >= function.Length
                && Ascii.EqualsIgnoreCase(reader.CurrentText[..function.Length], function))
            {
                return reader.Current.Start;
            }

            var isBody = statement.Command == "DO" && reader.Current.Kind is (SqlTokenKind.DollarString or SqlTokenKind.String);
            if (isBody && reader.CurrentText.IndexOf(function) is var inBody and >= 0)
                return reader.Current.Start + inBody;
        }

        return -1;
    }
}
