using PhaserAI.Migrations.Measuring;
using PhaserAI.Migrations.Rehearsals;

namespace PhaserAI.Migrations.Cli.Output.Json;

/// <summary>A lock; <c>table</c> is null but for an index. <c>tooLong</c>: it kept readers or writers out for longer than <c>--max-lock</c>.</summary>
internal sealed record HeldLockDocument(string Relation, string? Table, string Mode, double HeldMs, bool KeepsReadersOut, bool KeepsWritersOut, bool TooLong);

/// <summary>What a statement did to a table or an index; <c>rows</c> and <c>bytes</c> are from before its transaction.</summary>
internal sealed record TableWorkDocument(
    string Relation, string? Table, long Rows, long Bytes, bool Rewritten, long Scans, long RowsRead, long Inserted, long Updated, long Deleted);

/// <summary>A statement of a rehearsed migration: <c>transaction</c> is false outside of any.</summary>
internal sealed record MeasuredStatementDocument(
    string Sql,
    string Command,
    string File,
    int Line,
    bool Transaction,
    double DurationMs,
    long WalBytes,
    IReadOnlyList<HeldLockDocument> Locks,
    IReadOnlyList<TableWorkDocument> Tables);

/// <summary>How a schema differs from what it should be.</summary>
internal sealed record SchemaDifferenceDocument(IReadOnlyList<string> Missing, IReadOnlyList<string> Left);

/// <summary>A rehearsed migration. <c>broughtBack</c> is null when its DOWN was not run.</summary>
internal sealed record RehearsedMigrationDocument(
    string Version,
    string File,
    string Verdict,
    double UpMs,
    double? DownMs,
    double? UpAgainMs,
    bool? BroughtBack,
    SchemaDifferenceDocument? AfterDown,
    IReadOnlyList<ProblemDocument> DownProblems,
    IReadOnlyList<MeasuredStatementDocument> Statements);

/// <summary>The copy of a rehearsal, which is gone.</summary>
internal sealed record CopyDocument(string Database, string? Server, long Bytes, double DurationMs);

/// <summary>The answer of <c>rehearse</c>.</summary>
internal sealed record RehearsalDocument(
    TargetDocument? Target,
    string? Backup,
    CopyDocument? Copy,
    bool Succeeded,
    bool Reversible,
    double MaxLockMs,
    IReadOnlyList<RehearsedMigrationDocument> Migrations,
    FailureDocument? Failure,
    FailureDocument? DownFailure,
    FailureDocument? UpAgainFailure,
    SchemaDifferenceDocument? AfterUpAgain,
    IReadOnlyList<ProblemDocument> Problems)
{
    public static RehearsedMigrationDocument Of(RehearsedMigration migration, TimeSpan longest, IReadOnlyList<ProblemDocument> downProblems) => new(
        migration.Version,
        migration.FileName,
        RehearsalVerdict.Of(migration),
        migration.Up.TotalMilliseconds,
        migration.Down?.TotalMilliseconds,
        migration.UpAgain?.TotalMilliseconds,
        migration.AfterDown?.IsEmpty,
        Of(migration.AfterDown),
        downProblems,
        [.. migration.Statements.Select(statement => Of(statement, longest))]);

    public static SchemaDifferenceDocument? Of(SchemaDifference? difference) => difference is null ? null : new(difference.Missing, difference.Left);

    private static MeasuredStatementDocument Of(MeasuredStatement statement, TimeSpan longest) => new(
        statement.Sql,
        statement.Command,
        statement.File,
        statement.Line,
        statement.Kind is StepKind.Transaction,
        statement.Duration.TotalMilliseconds,
        statement.WalBytes,
        [.. statement.Locks.Select(held => new HeldLockDocument(
            held.Relation, held.Table, RehearsalVerdict.Mode(held.Mode), held.Held.TotalMilliseconds, held.KeepsReadersOut, held.KeepsWritersOut, held.KeepsWritersOut && held.Held > longest))],
        [.. statement.Tables.Select(work => new TableWorkDocument(
            work.Relation, work.Table, work.Rows, work.Bytes, work.IsRewritten, work.Scans, work.RowsRead, work.Inserted, work.Updated, work.Deleted))]);
}
