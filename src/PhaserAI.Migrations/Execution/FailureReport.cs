using Npgsql;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Makes the report of a failure: where in the file, what the server said, what is left of the migration.</summary>
internal static class FailureReport
{
    private const string LockLost = "the run lost the lock that keeps other runs away: the pooler or the server ended the connection that kept it";

    public static MigrationFailure Of(
        Exception failure, bool isConnected, PlannedMigration migration, MigrationDirection direction, int finishedSteps) => failure switch
        {
            StatementFailedException refused when isConnected => Of(refused, migration, direction, finishedSteps),
            StatementFailedException refused => OfLostConnection(migration, finishedSteps, refused.Refusal),
            CopyFailedException copy => OfCopy(copy, migration, finishedSteps),
            IndexNotBuiltException invalid => OfIndex(invalid, migration, finishedSteps),
            LockLostException => OfLostLock(migration, finishedSteps),
            OperationCanceledException => OfCancel(migration, finishedSteps),
            _ => OfLostConnection(migration, finishedSteps, failure),
        };

    private static MigrationFailure Of(StatementFailedException failure, PlannedMigration migration, MigrationDirection direction, int finishedSteps)
    {
        var (refusal, origin) = (failure.Refusal, failure.Origin);
        if (origin.IsIndexQuestion && refusal.SqlState == ExistingIndex.IsInvalid)
        {
            var (message, hint) = ExistingIndex.Explain(origin);
            return OfIndex(new IndexNotBuiltException(message, hint, origin), migration, finishedSteps) with { InAutocommit = false };
        }

        var parsed = migration.Script!.Parsed;
        var section = direction is MigrationDirection.Up ? parsed.Up : parsed.Down!;
        var offset = ErrorLocator.Locate(refusal, origin, section.Statements);
        var statement = origin.Statement is { } failing ? origin.Text.GetString(failing.Start, failing.Length) : null;
        var (place, excerpt) = origin.IsHistory ? (new SourcePlace(origin.Text.File, 0, 0), null)
            : ErrorLocator.FindDataLine(refusal, origin, offset) is { } number ? DataLine(origin, number)
            : (origin.Text.GetPlace(offset), Excerpt(origin, offset, statement));
        return new MigrationFailure(
            migration.Version,
            place.File,
            place.Line,
            place.Column,
            excerpt,
            refusal.SqlState,
            origin.IsHistory ? OfHistory(refusal) : refusal.MessageText)
        {
            Detail = refusal.Detail,
            Blockers = failure.Blockers,
            Hint = refusal.Hint ?? HintOnVariable(refusal, origin, offset),
            Context = WithoutSecrets(refusal.Where),
            Statement = statement is null ? null : SecretMask.Apply(statement, out _),
            FinishedSteps = finishedSteps,
            StepCount = migration.Runs.Length,
            InAutocommit = IsAutocommit(migration, finishedSteps),
        };
    }

    private static (SourcePlace Place, string? Excerpt) DataLine(StatementOrigin origin, long number)
    {
        var (place, line) = new CopyData(origin.Text, origin.Statement!.Value).GetLine(number);
        return (place, SecretMask.Blank(line));
    }

    private static string OfHistory(PostgresException refusal) => refusal.SqlState switch
    {
        HistoryWriter.LockLost => LockLost,
        HistoryWriter.LockReleased => "the script let go of the lock that keeps other runs away, and another run has it now: find what calls pg_advisory_unlock",
        HistoryWriter.NotWritten => "the history could not be written: schema_migrations did not take the row (a trigger or a rule on it keeps it out)",
        _ => $"the history could not be written: {refusal.MessageText}",
    };

    // psql too sends :name as it stands when the variable is not set.
    private static string? HintOnVariable(PostgresException refusal, StatementOrigin origin, int offset) =>
        refusal.SqlState == PostgresErrorCodes.SyntaxError
        && offset < origin.Text.Length && origin.Text.Bytes[offset] == ':' && VariableReference.TryRead(origin.Text.Bytes, offset, out var reference)
            ? $"The variable {reference.Name} is not set: write \\set {reference.Name} VALUE above."
            : null;

    private static MigrationFailure OfIndex(IndexNotBuiltException failure, PlannedMigration migration, int finishedSteps)
    {
        var (file, line, column) = failure.Origin.Text.GetPlace(failure.Origin.Offset);
        return new MigrationFailure(
            migration.Version, file, line, column, failure.Origin.Text.GetFileLine(failure.Origin.Offset), null, failure.Message)
        {
            Hint = failure.Hint,
            FinishedSteps = finishedSteps,
            StepCount = migration.Runs.Length,
            InAutocommit = true,
        };
    }

    private static MigrationFailure OfCopy(CopyFailedException failure, PlannedMigration migration, int finishedSteps)
    {
        var (text, copy) = (failure.Origin.Text, failure.Origin.Statement!.Value);
        var (file, line, column) = text.GetPlace(copy.Start);
        return new MigrationFailure(migration.Version, file, line, column, text.GetFileLine(copy.Start), null, failure.Message)
        {
            Statement = text.GetString(copy.Start, copy.Length),
            FinishedSteps = finishedSteps,
            StepCount = migration.Runs.Length,
            InAutocommit = IsAutocommit(migration, finishedSteps),
        };
    }

    private static MigrationFailure OfLostLock(PlannedMigration migration, int finishedSteps) =>
        new(migration.Version, migration.Script!.Parsed.Text.File, 0, 0, null, null, LockLost)
        {
            FinishedSteps = finishedSteps,
            StepCount = migration.Runs.Length,
        };

    private static bool IsAutocommit(PlannedMigration migration, int finishedSteps) =>
        finishedSteps < migration.Runs.Length && !migration.Runs[finishedSteps].MayBeTransaction;

    /// <summary>The line of the file. A secret may begin on a line before it, so the statement is looked at as a whole.</summary>
    private static string Excerpt(StatementOrigin origin, int offset, string? statement)
    {
        var line = origin.Text.GetFileLine(offset);
        if (origin.Statement is { } failing && statement is not null && SecretMask.Blank(statement) is var blanked && blanked != statement)
        {
            var number = origin.Text.GetLineIndex(offset) - origin.Text.GetLineIndex(failing.Start);
            if (statement.Split('\n').ElementAtOrDefault(number) is { Length: > 0 } part)
                line = line.Replace(part.TrimEnd('\r'), blanked.Split('\n')[number].TrimEnd('\r'), StringComparison.Ordinal);
        }

        return SecretMask.Blank(line);
    }

    /// <summary>The context quotes whole statements: SQL statement "CREATE ROLE …". Its quotes would hide the literals from the lexer.</summary>
    private static string? WithoutSecrets(string? context)
    {
        if (context is null)
            return null;
        var masked = SecretMask.Apply(context.Replace('"', ' '), out var hasSecret);
        return hasSecret ? masked : context;
    }

    private static MigrationFailure OfCancel(PlannedMigration migration, int finishedSteps) =>
        new(migration.Version, migration.Script!.Text.File, 0, 0, null, null, "cancelled")
        {
            FinishedSteps = finishedSteps,
            StepCount = migration.Runs.Length,
            Cancelled = true,
            InAutocommit = IsAutocommit(migration, finishedSteps),
        };

    private static MigrationFailure OfLostConnection(PlannedMigration migration, int finishedSteps, Exception failure) =>
        new(
            migration.Version,
            migration.Script!.Text.File,
            0,
            0,
            null,
            (failure as PostgresException)?.SqlState,
            $"the connection to the server was lost: {(failure as PostgresException)?.MessageText ?? (failure.InnerException ?? failure).Message}")
        {
            FinishedSteps = finishedSteps,
            StepCount = migration.Runs.Length,
            ConnectionLost = true,
            InAutocommit = IsAutocommit(migration, finishedSteps),
        };
}
