using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>
/// What a run through a pooler refuses. Each transaction may be in another session there, which belongs to others before and
/// after: a step outside a transaction can't have the timeouts it needs, and a setting of one step is not there in the next.
/// </summary>
internal static class PooledSession
{
    /// <summary>The plan, with a problem for everything that needs a session of its own.</summary>
    /// <param name="plan">A plan for a connection through a pooler.</param>
    /// <param name="server">Where the server itself listens, as far as it is known.</param>
    public static MigrationPlan Check(MigrationPlan plan, string? server)
    {
        var mend = $"Connect to the server itself{(server is null ? "" : $" ({server}, as the pooler sees it)")}, not to the pooler: set DB_HOST and DB_PORT.";
        return plan with { Problems = [.. plan.Problems, .. plan.Migrations.SelectMany(migration => Find(migration, mend))] };
    }

    private static IEnumerable<ScriptProblem> Find(PlannedMigration migration, string mend)
    {
        foreach (var step in migration.Runs.Skip(migration.FinishedSteps))
        {
            if (step.Kind is StepKind.Autocommit)
            {
                var alone = step.Statements[0];
                yield return step.Text.Problem(
                    alone.Start, $"{alone.Command} runs outside a transaction, and through a connection pooler only transactions are safe", mend);
            }
            else if (step.Number < migration.Runs.Length && FindSetting(step) is { } setting)
            {
                yield return step.Text.Problem(
                    setting.Start, "this setting is meant for the next transactions of the script too, and through a connection pooler it does not reach them", mend);
            }
        }
    }

    private static SqlStatement? FindSetting(Step step)
    {
        foreach (var statement in step.Statements)
        {
            if (IsSetting(step.Text, statement))
                return statement;
        }

        return null;
    }

    // SET LOCAL ends with the transaction, and so does SET CONSTRAINTS.
    private static bool IsSetting(SourceText text, SqlStatement statement)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        if (!reader.Read())
            return false;
        return statement.Command switch
        {
            "SET" => !reader.TryReadWord("local"u8) && !reader.TryReadWord("constraints"u8),
            "SET SESSION CHARACTERISTICS" => true,
            "SELECT" => reader.TryReadQualifiedName(out var function) && function == "set_config",
            _ => false,
        };
    }
}
