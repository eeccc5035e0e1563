using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>
/// ALTER DATABASE … SET and ALTER ROLE … SET: only new sessions have what they set (PostgreSQL manual, ALTER ROLE, Notes), and a
/// run is one session.
/// </summary>
internal static class SessionDefaults
{
    /// <summary>What of it the migrations that follow in the same run might wait for.</summary>
    public static IEnumerable<ScriptProblem> Find(IEnumerable<PlannedMigration> migrations)
    {
        foreach (var migration in migrations.SkipLast(1))
        {
            foreach (var step in migration.Runs)
            {
                foreach (var statement in step.Statements)
                {
                    if (statement.Command is "ALTER DATABASE" or "ALTER ROLE" or "ALTER USER" && Sets(step.Text, statement))
                    {
                        yield return step.Text.Problem(
                            statement.Start,
                            $"{statement.Command} … SET holds for new sessions; the migrations after it in this run do not see it",
                            $"If they need it, run up {migration.Version} first, and then up.");
                    }
                }
            }
        }
    }

    private static bool Sets(SourceText text, SqlStatement statement)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        while (reader.Read())
        {
            if (reader.IsWord("set"u8) || reader.IsWord("reset"u8))
                return true;
        }

        return false;
    }
}
