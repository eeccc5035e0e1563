using System.Globalization;
using Npgsql;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.History;

/// <summary>Makes the statements that write the history; the runner sends them with the migration's own.</summary>
/// <param name="schema">The schema of the history tables.</param>
/// <param name="lockProof">An expression that is 1, and an error when the run has lost its lock.</param>
/// <param name="text">What the database can store.</param>
/// <param name="backup">The address of the backup that was made before, for the log; null when none was, or the log has no column for it.</param>
internal sealed class HistoryWriter(string schema, string lockProof, ServerText text, string? backup = null)
{
    /// <summary>What a migration took, in milliseconds of the server's clock: the first column of what ends a migration.</summary>
    public const string ElapsedColumn = "migration_elapsed_ms";

    /// <summary>The error of a row that was not written: the square root of -1.</summary>
    public const string NotWritten = PostgresErrorCodes.InvalidArgumentForPowerFunction;

    /// <summary>The error of a lock that a script has made the session let go of: division by zero.</summary>
    public const string LockReleased = PostgresErrorCodes.DivisionByZero;

    /// <summary>The error of a lock whose connection is gone: the logarithm of zero.</summary>
    public const string LockLost = PostgresErrorCodes.InvalidArgumentForLogarithm;

    private const string RequireRow = "sqrt((count(*) - 1)::float8)";

    /// <summary>
    /// The statements that make a migration applied, for its own transaction: one, that answers with <see cref="ElapsedColumn"/>.
    /// It fails when its row was not written (a trigger may keep it out) and when the run no longer holds the lock.
    /// </summary>
    /// <param name="script">The migration.</param>
    /// <param name="earlierMs">What its steps before this transaction took.</param>
    /// <param name="hasCheckpoints">Whether finished steps of it may be recorded.</param>
    /// <param name="by">What the log says: who runs the tool, and where.</param>
    public IEnumerable<NpgsqlBatchCommand> Applied(MigrationScript script, int earlierMs, bool hasCheckpoints, LogEntry by)
    {
        yield return Command(AppliedSql(earlierMs, hasCheckpoints), [.. ScriptValues(script), .. LogValues(by)]);
    }

    /// <summary>
    /// The statements that make a migration gone; the last answers with <see cref="ElapsedColumn"/>. Its DOWN may have dropped
    /// the tables themselves.
    /// </summary>
    public IEnumerable<NpgsqlBatchCommand> TakenBack(string version, int earlierMs, LogEntry by)
    {
        var literal = Literal(version);
        string[] suffixes = ["", HistorySchema.Detail, HistorySchema.Checkpoint];
        var deletes = suffixes.Select(suffix => $"""
            if to_regclass({Literal(Name(suffix))}) is not null then
              delete from {Name(suffix)} where version = {literal};
            end if;
            """);
        yield return new NpgsqlBatchCommand($"""
            do $history$ begin
            {string.Join('\n', deletes)}
            if to_regclass({Literal(Name(HistorySchema.Log))}) is not null then
              insert into {Name(HistorySchema.Log)} (action, version, outcome, duration_ms, os_user, host, tool, environment, git_commit, reason{BackupColumn})
              values ({Literal(by.Action)}, {literal}, {Literal(by.Outcome)}, {ElapsedMs(earlierMs)}, {Literal(by.OperatingSystemUser)}, {Literal(by.Host)},
                {Literal(by.Tool)}, {Literal(by.Environment)}, {Literal(by.GitCommit)}, {Literal(by.Reason)}{BackupValue});
            end if;
            end $history$
            """);
        yield return new NpgsqlBatchCommand($"select {ElapsedMs(earlierMs)} as {ElapsedColumn}, {lockProof}");
    }

    /// <summary>
    /// Prepares what <see cref="Applied"/> and <see cref="TakenBack"/> do, for migrations of one transaction: the server then
    /// reads and plans the statement once for many of them (measured: 0.15 instead of 0.45 ms each).
    /// </summary>
    public string Prepare(string name, MigrationDirection direction) => direction is MigrationDirection.Up
        ? $"PREPARE {name} ({Texts(15)}) AS {AppliedSql(0, hasCheckpoints: false)}"
        : $"PREPARE {name} ({Texts(9)}) AS {TakenBackSql}";

    /// <summary>The prepared form of <see cref="Applied"/>.</summary>
    public string ExecuteApplied(string name, MigrationScript script, LogEntry by) => Execute(name, [.. ScriptValues(script), .. LogValues(by)]);

    /// <summary>The prepared form of <see cref="TakenBack"/>; it fails when the DOWN has dropped the tables.</summary>
    public string ExecuteTakenBack(string name, string version, LogEntry by) => Execute(name, [version, .. LogValues(by)]);

    /// <summary>
    /// The statement that records a migration without having run it, or anew: what was not known stays unknown, what was
    /// known of its time stays. Like <see cref="Applied"/>, it fails without its row or its lock.
    /// </summary>
    public NpgsqlBatchCommand Recorded(MigrationScript script, LogEntry by) => Recorded("now()", "null", script, by);

    /// <summary>The same for one that another tool has applied.</summary>
    /// <param name="script">The migration.</param>
    /// <param name="appliedAt">When; null when it is not known.</param>
    /// <param name="elapsedMs">What it took; null when it is not known.</param>
    /// <param name="by">As ever.</param>
    public NpgsqlBatchCommand Imported(MigrationScript script, DateTimeOffset? appliedAt, int? elapsedMs, LogEntry by) => Recorded(
        appliedAt is { } at ? $"'{at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)}'" : "null",
        elapsedMs is { } milliseconds ? milliseconds.ToString(CultureInfo.InvariantCulture) : "null",
        script,
        by);

    private NpgsqlBatchCommand Recorded(string appliedAt, string elapsedMs, MigrationScript script, LogEntry by)
    {
        return Command(
            $"""
            with history as (
              insert into {Name()} as m (version, applied_at, checksum, execution_time_ms, description)
              values ($1, {appliedAt}::timestamptz, $2, {elapsedMs}::int, $3)
              on conflict (version) do update set checksum = excluded.checksum, description = coalesce(m.description, excluded.description)
              returning version),
            detail as (
              insert into {Name(HistorySchema.Detail)} (version, file_name, token_checksum, up_sql, down_sql, applied_by, applied_from, tool)
              values ($1, $4, $5, nullif($6, ''), nullif($7, ''), session_user, $8, $9)
              on conflict (version) do update
                 set file_name = excluded.file_name, token_checksum = excluded.token_checksum, up_sql = excluded.up_sql, down_sql = excluded.down_sql),
            checkpoint as (delete from {Name(HistorySchema.Checkpoint)} where version = $1),
            {LogRow(8, "null::int from history")}
            select {RequireRow}, {lockProof} from history
            """,
            [.. ScriptValues(script), .. LogValues(by)]);
    }

    /// <summary>The statement after which the history knows nothing of a migration any more.</summary>
    public NpgsqlBatchCommand Removed(string version, LogEntry by) => Command(
        $"""
        with history as (delete from {Name()} where version = $1),
        detail as (delete from {Name(HistorySchema.Detail)} where version = $1),
        checkpoint as (delete from {Name(HistorySchema.Checkpoint)} where version = $1),
        {LogRow(2, "null::int")}
        select {lockProof}
        """,
        [version, .. LogValues(by)]);

    /// <summary>The statement that records a finished step, for the step's own transaction or right after it.</summary>
    /// <param name="version">The migration.</param>
    /// <param name="direction">Whether it is being applied or taken back.</param>
    /// <param name="step">The step's number.</param>
    /// <param name="hash">What the step was made of.</param>
    /// <param name="earlierMs">What the steps before this transaction took.</param>
    public NpgsqlBatchCommand StepFinished(string version, MigrationDirection direction, int step, string hash, int earlierMs) => Command(
        $"""
        insert into {Name(HistorySchema.Checkpoint)} (version, is_down, step, hash, elapsed_ms, finished_at)
        values ($1, {(direction is MigrationDirection.Down ? "true" : "false")}, {step} * {lockProof}, $2, {ElapsedMs(earlierMs)}, now())
        on conflict (version, is_down, step) do update
           set hash = excluded.hash, elapsed_ms = excluded.elapsed_ms, finished_at = excluded.finished_at
        """,
        version,
        hash);

    /// <summary>The statement that records that a step in autocommit is about to begin.</summary>
    public NpgsqlBatchCommand StepStarted(string version, MigrationDirection direction, int step, string hash) => Command(
        $"""
        insert into {Name(HistorySchema.Checkpoint)} (version, is_down, step, hash, elapsed_ms)
        values ($1, {(direction is MigrationDirection.Down ? "true" : "false")}, {step} * {lockProof}, $2, 0)
        on conflict (version, is_down, step) do update set hash = excluded.hash, started_at = now(), finished_at = null
        """,
        version,
        hash);

    /// <summary>The statement that takes <see cref="StepStarted"/> back: the server has answered that the step is not done.</summary>
    public NpgsqlBatchCommand StepFailed(string version, MigrationDirection direction, int step) => Command(
        $"""
        delete from {Name(HistorySchema.Checkpoint)}
         where version = $1 and is_down = {(direction is MigrationDirection.Down ? "true" : "false")} and step = {step} and finished_at is null
        """,
        version);

    private string AppliedSql(int earlierMs, bool hasCheckpoints) =>
        $"""
        with history as (
          insert into {Name()} as m (version, applied_at, checksum, execution_time_ms, description)
          values ($1, now(), $2, {ElapsedMs(earlierMs)}, $3)
          on conflict (version) do update
             set applied_at = now(), checksum = excluded.checksum, execution_time_ms = excluded.execution_time_ms,
                 description = coalesce(m.description, excluded.description)
          returning execution_time_ms),
        detail as (
          insert into {Name(HistorySchema.Detail)} (version, file_name, token_checksum, up_sql, down_sql, applied_by, applied_from, tool)
          values ($1, $4, $5, nullif($6, ''), nullif($7, ''), session_user, $8, $9)
          on conflict (version) do update
             set file_name = excluded.file_name, token_checksum = excluded.token_checksum, up_sql = excluded.up_sql,
                 down_sql = excluded.down_sql, applied_by = excluded.applied_by, applied_from = excluded.applied_from, tool = excluded.tool),
        {LogRow(8, "execution_time_ms from history")}
        {(hasCheckpoints ? $", checkpoint as (delete from {Name(HistorySchema.Checkpoint)} where version = $1)" : "")}
        select max(execution_time_ms) as {ElapsedColumn}, {RequireRow}, {lockProof} from history
        """;

    private string TakenBackSql =>
        $"""
        with history as (delete from {Name()} where version = $1),
        detail as (delete from {Name(HistorySchema.Detail)} where version = $1),
        checkpoint as (delete from {Name(HistorySchema.Checkpoint)} where version = $1),
        {LogRow(2, ElapsedMs(0))}
        select {ElapsedMs(0)} as {ElapsedColumn}, {lockProof}
        """;

    private static string Texts(int count) => string.Join(", ", Enumerable.Repeat("text", count));

    private string Execute(string name, params IEnumerable<string> values) => $"EXECUTE {name} ({string.Join(", ", values.Select(Literal))})";

    /// <summary>The values of a script, as parameters from 1 on.</summary>
    private string[] ScriptValues(MigrationScript script)
    {
        var parsed = script.Parsed;
        var down = parsed.Down is { } section && StoredText.Runnable(section, parsed.Header) is { } sql && text.IsFit(sql) ? sql : "";
        return [script.Version.ToString(), script.Checksum, script.Description, script.FileName, parsed.TokenChecksum, StoredText.Of(parsed.Up) ?? "", down];
    }

    /// <summary>The part of a statement that adds its row to the log; the migration's version is the first parameter.</summary>
    /// <param name="first">Which parameter the first of <see cref="LogValues"/> is.</param>
    /// <param name="duration">The milliseconds, and where they come from.</param>
    private string LogRow(int first, string duration) => $"""
        log as (
          insert into {Name(HistorySchema.Log)} (version, host, tool, action, outcome, os_user, environment, git_commit, reason{BackupColumn}, duration_ms)
          select $1, ${first}, ${first + 1}, ${first + 2}, ${first + 3}, nullif(${first + 4}, ''), nullif(${first + 5}, ''), nullif(${first + 6}, ''), nullif(${first + 7}, ''){BackupValue}, {duration})
        """;

    private string BackupColumn => backup is null ? "" : ", backup";

    private string BackupValue => backup is null ? "" : $", {Literal(backup)}";

    private static string[] LogValues(LogEntry by) =>
    [
        by.Host ?? "", by.Tool ?? "", by.Action, by.Outcome, by.OperatingSystemUser ?? "", by.Environment ?? "", by.GitCommit ?? "", by.Reason ?? "",
    ];

    /// <summary>Milliseconds of the migration up to here, by the server's clock: right also when messages queue.</summary>
    private static string ElapsedMs(int earlierMs) =>
        $"{earlierMs} + (extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000)::int";

    private NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<string> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = text.Fit(value) });
        return command;
    }

    /// <summary>A literal that means the same whatever standard_conforming_strings is, also between $history$.</summary>
    private string Literal(string? value) => value is null
        ? "null"
        : $"E'{text.Fit(value).Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal).Replace("$", @"\x24", StringComparison.Ordinal)}'";

    private string Name(string suffix = "") => HistorySchema.Name(schema, suffix);
}
