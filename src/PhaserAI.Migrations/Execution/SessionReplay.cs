using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// A migration that goes on after its finished steps does so in a new session: what those steps have set in theirs is set
/// again. What is rolled back to a savepoint counts as set.
/// </summary>
internal static class SessionReplay
{
    public static async Task RunAsync(NpgsqlConnection connection, PlannedMigration migration, CancellationToken cancellationToken)
    {
        if (migration.FinishedSteps == 0)
            return;
        var batch = new StatementBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var step in migration.Runs.Take(migration.FinishedSteps))
            {
                foreach (var statement in step.Statements)
                {
                    if (IsForSession(step.Text, statement))
                        batch.Add(step.Text, statement);
                }
            }

            await batch.SendAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsForSession(SourceText text, SqlStatement statement)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        reader.Read();
        return statement.Command switch
        {
            "SET" => !reader.TryReadWord("local"u8) && !reader.TryReadWord("constraints"u8),
            "SET SESSION CHARACTERISTICS" or "RESET" or "LISTEN" or "UNLISTEN" or "LOAD" => true,
            "SELECT" => reader.TryReadQualifiedName(out var function) && function == "set_config" && reader.TryReadCharacter('('),
            _ => false,
        };
    }
}
