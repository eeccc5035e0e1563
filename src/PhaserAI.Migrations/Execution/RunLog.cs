using System.Collections.Immutable;
using System.Data;
using Npgsql;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Writes to the log what a run did not do: refusals and failures, after the rollback and in a transaction of their own.
/// Where the row can't be written (no log yet, no right, no connection, a read-only server) there is none: what it
/// would tell is told to the caller anyway.
/// </summary>
internal static class RunLog
{
    private const string Paused = "unfinished";

    private const int LongestError = 8000;

    /// <summary>A row that says who runs the tool, and where.</summary>
    public static LogEntry Entry(MigrationOptions options, string action, string? version, string outcome) => new(null, action, version, outcome)
    {
        OperatingSystemUser = options.CloudIdentity is { } identity ? $"{options.OperatingSystemUser} ({identity})".TrimStart() : options.OperatingSystemUser,
        Host = Environment.MachineName,
        Tool = options.Tool,
        Environment = options.Environment,
        GitCommit = options.GitCommit,
        Reason = options.ApprovedBy,
        Backup = options.BackedUpTo,
    };

    /// <summary>Records that a migration failed.</summary>
    public static Task FailedAsync(
        NpgsqlConnection connection, HistoryTable history, MigrationOptions options, MigrationDirection direction, MigrationFailure failure, TimeSpan duration)
    {
        if (failure is { ConnectionLost: true, Committed: null })
            return Task.CompletedTask; // the server does not answer
        var place = failure.Line > 0 ? $"{failure.File}:{failure.Line}:{failure.Column}: " : "";
        return TryAddAsync(connection, history, options, Entry(options, ActionOf(direction), failure.Version, failure.Cancelled ? "cancelled" : "failed") with
        {
            Duration = duration,
            SqlState = failure.SqlState,
            Error = Masked($"{place}{failure.Message}{(failure.Detail is null ? "" : $"\n{failure.Detail}")}"),
        });
    }

    /// <summary>Records that a run ended because its time was over; the next one goes on with what it was given: its backup.</summary>
    public static Task PausedAsync(NpgsqlConnection connection, HistoryTable history, MigrationOptions options, MigrationDirection direction, string? goesOn) =>
        TryAddAsync(connection, history, options, Entry(options, ActionOf(direction), null, Paused) with { Error = goesOn is null ? null : Masked(goesOn) });

    /// <summary>The backup of a run that this one goes on with: of the last day, and with nothing done since. Null when there is none.</summary>
    public static async Task<string?> FindPausedBackupAsync(NpgsqlConnection connection, HistoryTable history, CancellationToken cancellationToken)
    {
        if (!history.HasLog || !history.LogHasBackup)
            return null;
        var sql = $"""
            select case when outcome = '{Paused}' and at > now() - interval '1 day' then backup end
              from {HistorySchema.Name(history.Schema, HistorySchema.Log)} order by id desc limit 1
            """;
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }

    /// <summary>Records that the files or the history have problems.</summary>
    public static Task RefusedAsync(
        NpgsqlConnection connection, HistoryTable history, MigrationOptions options, string action, ImmutableArray<ScriptProblem> problems)
    {
        var lines = problems.Select(problem => $"{problem.File}{(problem.Line > 0 ? $":{problem.Line}:{problem.Column}" : "")}: {problem.Message}");
        return TryAddAsync(connection, history, options, Entry(options, action, null, "refused") with { Error = Masked(string.Join('\n', lines)) });
    }

    /// <summary>Records what kept a run from beginning.</summary>
    public static Task RefusedAsync(NpgsqlConnection connection, HistoryTable history, MigrationOptions options, string action, Exception refusal)
    {
        var (outcome, server) = (refusal is OperationCanceledException ? "cancelled" : refusal is NpgsqlException ? "failed" : "refused", refusal as PostgresException);
        return connection.FullState is not ConnectionState.Open
            ? Task.CompletedTask
            : TryAddAsync(connection, history, options, Entry(options, action, null, outcome) with
            {
                SqlState = server?.SqlState,
                Error = Masked(server?.MessageText ?? refusal.Message),
            });
    }

    /// <summary>Records what was done, where there is a log that takes it.</summary>
    public static async Task AddAsync(NpgsqlConnection connection, HistoryTable history, LogEntry entry)
    {
        if (!history.HasLog || history.IsReadOnly)
            return;
        try
        {
            await AddAsync(connection, history.Schema, entry).ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // What was done is worth more than its row.
        }
    }

    public static string ActionOf(MigrationDirection direction) => direction is MigrationDirection.Up ? "up" : "down";

    private static async Task TryAddAsync(NpgsqlConnection connection, HistoryTable history, MigrationOptions options, LogEntry entry)
    {
        if (!history.HasLog || history.IsReadOnly)
            return;
        try
        {
            if (connection.FullState is ConnectionState.Open)
            {
                await AddAsync(connection, history.Schema, entry).ConfigureAwait(false);
                return;
            }

            var other = await MigrationConnection.OpenAsync(options, CancellationToken.None).ConfigureAwait(false);
            await using (other.ConfigureAwait(false))
                await AddAsync(other, history.Schema, entry).ConfigureAwait(false);
        }
        catch (Exception unwritten) when (unwritten is NpgsqlException or MigrationException)
        {
            // The run's own result is worth more than its row.
        }
    }

    /// <summary>Finished steps of a script may have left a role that may not write here.</summary>
    private static async Task AddAsync(NpgsqlConnection connection, string schema, LogEntry entry)
    {
        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var sql in SessionReset.OwnRoleUntilCommit.Prepend("begin"))
                batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
            batch.BatchCommands.Add(AuditLog.Add(schema, ServerText.Of(connection), entry));
            batch.BatchCommands.Add(new NpgsqlBatchCommand("commit"));
            await batch.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static string Masked(string text)
    {
        var masked = SecretMask.Apply(text, out _);
        return masked.Length > LongestError ? masked[..LongestError] + "…" : masked;
    }
}
