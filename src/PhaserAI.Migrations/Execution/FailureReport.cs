using Npgsql;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Makes the report of a failure: where in the file, what the server said, what is left of the migration.</summary>
internal static class FailureReport
{
    public static MigrationFailure Of(
        Exception failure, bool isConnected, PlannedMigration migration, MigrationDirection direction, int finishedSteps) => failure switch
        {
            StatementFailedException refused when isConnected => Of(refused, migration, direction, finishedSteps),
            StatementFailedException refused => OfLostConnection(migration, finishedSteps, refused.Refusal),
            OperationCanceledException => OfCancel(migration, finishedSteps),
            _ => OfLostConnection(migration, finishedSteps, failure),
        };

    private static MigrationFailure Of(StatementFailedException failure, PlannedMigration migration, MigrationDirection direction, int finishedSteps)
    {
        var (refusal, origin) = (failure.Refusal, failure.Origin);
        var parsed = migration.Script!.Parsed;
        var section = direction is MigrationDirection.Up ? parsed.Up : parsed.Down!;
        var offset = ErrorLocator.Locate(refusal, origin, section.Statements);
        var (line, column) = origin.IsHistory ? (0, 0) : origin.Text.GetPosition(offset);
        return new MigrationFailure(
            migration.Version,
            origin.Text.File,
            line,
            column,
            line > 0 ? SecretMask.Apply(origin.Text.GetFileLine(line), out _) : null,
            refusal.SqlState,
            origin.IsHistory ? $"the history could not be written: {refusal.MessageText}" : refusal.MessageText)
        {
            Detail = refusal.Detail,
            Hint = refusal.Hint,
            Context = refusal.Where,
            Statement = origin.Statement is { } statement ? SecretMask.Apply(origin.Text.GetString(statement.Start, statement.Length), out _) : null,
            FinishedSteps = finishedSteps,
            StepCount = migration.Runs.Length,
        };
    }

    private static MigrationFailure OfCancel(PlannedMigration migration, int finishedSteps) =>
        new(migration.Version, migration.Script!.Parsed.Text.File, 0, 0, null, null, "cancelled")
        {
            FinishedSteps = finishedSteps,
            StepCount = migration.Runs.Length,
            Cancelled = true,
        };

    private static MigrationFailure OfLostConnection(PlannedMigration migration, int finishedSteps, Exception failure) =>
        new(
            migration.Version,
            migration.Script!.Parsed.Text.File,
            0,
            0,
            null,
            (failure as PostgresException)?.SqlState,
            $"the connection to the server was lost: {(failure.InnerException ?? failure).Message}")
        {
            FinishedSteps = finishedSteps,
            StepCount = migration.Runs.Length,
            ConnectionLost = true,
        };
}
