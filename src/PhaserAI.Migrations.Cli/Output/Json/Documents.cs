using System.Text.Json.Nodes;

namespace PhaserAI.Migrations.Cli.Output.Json;

/// <summary>The database of a call.</summary>
internal sealed record TargetDocument(string Environment, string Host, int Port, string Database, string User, bool Embedded);

/// <summary>A migration in <c>status</c>.</summary>
internal sealed record MigrationDocument(
    string Version, string? File, string Description, string State, DateTimeOffset? AppliedAt, double? ExecutionTimeMs, int? FinishedSteps,
    IReadOnlyList<string>? Environments);

/// <summary>How many migrations are in each state.</summary>
internal sealed record SummaryDocument(int Applied, int Pending, int Missing, int Changed, int Partial, int Skipped);

/// <summary>The answer of <c>status</c> and <c>list</c>.</summary>
internal sealed record StatusDocument(
    TargetDocument? Target,
    IReadOnlyList<MigrationDocument> Migrations,
    SummaryDocument Summary,
    IReadOnlyList<ProblemDocument> Problems);

/// <summary>A problem or a finding.</summary>
internal sealed record ProblemDocument(string File, int Line, int Column, string Message, string Next);

/// <summary>A statement of a plan. <c>dataLines</c> is 0 but for COPY with data.</summary>
internal sealed record PlannedStatementDocument(string Sql, string File, int Line, int Column, long DataLines);

/// <summary>A step of a plan: <c>transaction</c> or <c>autocommit</c>.</summary>
internal sealed record PlannedStepDocument(
    int Number, string Kind, string? BeginOptions, bool Done, IReadOnlyList<PlannedStatementDocument> Statements);

/// <summary>
/// Data that a migration destroys. <c>action</c> is drop, empty, delete or overwrite; <c>rows</c> is null when it can't be told.
/// </summary>
internal sealed record LossDocument(
    string Object, string Kind, string Action, long? Rows, bool IsEstimate, long? Bytes, bool Cascades, string File, int Line);

/// <summary>A migration of a plan.</summary>
internal sealed record PlannedMigrationDocument(
    string Version, string File, string Description, bool FromStoredText, IReadOnlyList<LossDocument> Destroys, IReadOnlyList<PlannedStepDocument> Steps);

/// <summary>A migration that is not meant for the environment.</summary>
internal sealed record SkippedDocument(string Version, string File, IReadOnlyList<string> Environments);

/// <summary>The answer of <c>plan</c> and <c>--dry-run</c>.</summary>
internal sealed record PlanDocument(
    string Direction,
    TargetDocument? Target,
    IReadOnlyList<PlannedMigrationDocument> Migrations,
    IReadOnlyList<SkippedDocument> Skipped,
    IReadOnlyList<ProblemDocument> Problems,
    IReadOnlyList<ProblemDocument> Findings);

/// <summary>Something that was done or refused.</summary>
internal sealed record LogEntryDocument(
    DateTimeOffset? At,
    string Action,
    string? Version,
    string Outcome,
    double? DurationMs,
    string? DatabaseUser,
    string? OsUser,
    string? Host,
    string? Tool,
    string? Environment,
    string? GitCommit,
    string? SqlState,
    string? Error,
    string? Reason,
    string? Backup,
    bool Logged);

/// <summary>The answer of <c>history</c>. <c>kept</c> says whether there is a log.</summary>
internal sealed record HistoryDocument(TargetDocument? Target, bool Kept, IReadOnlyList<LogEntryDocument> Entries);

/// <summary>How a file differs from what was applied: lines of a unified diff.</summary>
internal sealed record DifferenceDocument(string Version, string File, IReadOnlyList<string> Lines, string? Note);

/// <summary>The answer of <c>validate</c>. <c>checkedObjects</c> is null without <c>--deep</c>.</summary>
internal sealed record ValidationDocument(
    TargetDocument? Target,
    int Applied,
    int? CheckedObjects,
    IReadOnlyList<ProblemDocument> Problems,
    IReadOnlyList<ProblemDocument> Findings,
    IReadOnlyList<DifferenceDocument> Differences);

/// <summary>A migration whose row in the history changes; <c>file</c> is null when there is none.</summary>
internal sealed record ChangedMigrationDocument(string Version, string? File, bool Removed);

/// <summary>The answer of <c>baseline</c>, <c>repair</c> and <c>reset-history</c>: what was written, or would be.</summary>
internal sealed record HistoryChangeDocument(
    TargetDocument? Target,
    string Action,
    bool DryRun,
    IReadOnlyList<ChangedMigrationDocument> Migrations,
    IReadOnlyList<ProblemDocument> Problems,
    IReadOnlyList<DifferenceDocument> Differences);

/// <summary>The backup that was made before a run; <c>restore</c> is the command that brings it back, and a snapshot of RDS has no <c>sha256</c>.</summary>
internal sealed record BackupDocument(string Name, string Address, long Bytes, string? Sha256, double DurationMs, string Restore);

/// <summary>A migration that a run has finished.</summary>
internal sealed record FinishedDocument(string Version, string File, double DurationMs);

/// <summary>A session that holds a lock; pid 0 is a prepared transaction.</summary>
internal sealed record HolderDocument(
    int Pid, string? User, string? Application, string? Client, string? State, DateTimeOffset? Since, string? Query, bool PreventsWraparound);

/// <summary>How far a session was that built an index, in its last state of each phase.</summary>
internal sealed record BuildDocument(int Pid, string? Relation, string Phase, long Done, long Total, double? Percent);

/// <summary>A statement that waited for other sessions; with the lock "migration run" and no version, the run waited for another one.</summary>
internal sealed record WaitDocument(string Version, string? Lock, string? Relation, IReadOnlyList<HolderDocument> Blockers);

/// <summary>An attempt that lost against other sessions and was made again.</summary>
internal sealed record RetryDocument(string Version, string SqlState, string Message, double DelayMs, IReadOnlyList<HolderDocument> Blockers);

/// <summary>Why a run stopped.</summary>
internal sealed record FailureDocument(
    string Version,
    string File,
    int Line,
    int Column,
    string? Excerpt,
    string? SqlState,
    string Message,
    string? Detail,
    string? Hint,
    string? Context,
    string? Statement,
    int FinishedSteps,
    int StepCount,
    bool Cancelled,
    bool OutOfTime,
    bool ConnectionLost,
    bool? Committed,
    bool InAutocommit,
    IReadOnlyList<HolderDocument> Blockers,
    string State,
    string Next);

/// <summary>A notice of the server.</summary>
internal sealed record NoticeDocument(string Version, string Severity, string Message);

/// <summary>Rows that a statement returned, the first ones, as text.</summary>
internal sealed record RowsDocument(string Version, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string?>> Rows, long RowCount);

/// <summary>What a run has left to do whose time was over; <c>goesOn</c> is what the server does without it.</summary>
internal sealed record LeftDocument(IReadOnlyList<string> Migrations, int FinishedSteps, string? GoesOn, string Message, string Next);

/// <summary>The answer of <c>up</c> and <c>down</c>. <c>status</c> is a <see cref="StatusDocument"/>, or <c>"continue"</c> when there is something <c>left</c>.</summary>
internal sealed record RunDocument(
    string Direction,
    TargetDocument? Target,
    bool Succeeded,
    BackupDocument? Backup,
    IReadOnlyList<FinishedDocument> Finished,
    int? Unconfirmed,
    FailureDocument? Failure,
    IReadOnlyList<ProblemDocument> Problems,
    IReadOnlyList<ProblemDocument> Findings,
    IReadOnlyList<NoticeDocument> Notices,
    IReadOnlyList<RowsDocument> Results,
    IReadOnlyList<WaitDocument> Waits,
    IReadOnlyList<RetryDocument> Retries,
    IReadOnlyList<BuildDocument> Builds,
    JsonNode? Status,
    LeftDocument? Left);

/// <summary>A statement of an inspected file. <c>transaction</c> counts from 1; null is autocommit.</summary>
internal sealed record InspectedStatementDocument(string Sql, string File, int Line, int Column, int? Transaction, string Command, long DataLines);

/// <summary>The answer of <c>inspect</c>.</summary>
internal sealed record InspectDocument(
    string File,
    IReadOnlyDictionary<string, string> Header,
    IReadOnlyList<InspectedStatementDocument> Up,
    IReadOnlyList<InspectedStatementDocument>? Down,
    IReadOnlyList<ProblemDocument> Problems,
    IReadOnlyList<ProblemDocument> Findings);

/// <summary>The answer of <c>new</c>.</summary>
internal sealed record CreatedDocument(string File);

/// <summary>Why there is no answer.</summary>
internal sealed record ErrorDocument(int ExitCode, string Message, string? Detail, string Next);

/// <summary>The answer of a call that failed.</summary>
internal sealed record FailedDocument(ErrorDocument Error);
