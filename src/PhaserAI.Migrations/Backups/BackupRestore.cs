using System.Globalization;
using Npgsql;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Backups;

/// <summary>
/// Brings a backup back. To replace a database it is restored into a new one beside it, which then takes its name: two renames
/// in one transaction. Until then nothing is touched, and afterwards what was there is kept under another name. Emptying the database
/// in place, in one transaction, would need as much room on the disk, hold locks for all of the restore, and leave no way back.
/// </summary>
public sealed class BackupRestore(BackupOptions options, IProgress<MigrationEvent>? progress = null)
{
    private const int LongestName = 63;

    private readonly NpgsqlConnectionStringBuilder _address = new(options.ConnectionString);
    private readonly long _began = options.TimeProvider.GetTimestamp();

    private string Database => _address.Database ?? "";

    /// <summary>Restores into the database of the connection string, which has to be empty; made when it does not exist.</summary>
    /// <param name="content">The backup.</param>
    /// <param name="withOwners">Whether whose each object is comes from the backup.</param>
    /// <param name="cancellationToken">Ends it; nothing is restored.</param>
    /// <exception cref="BackupFailedException">It is not empty, the backup is damaged, or the server refuses it.</exception>
    public async Task<RestoreReport> IntoEmptyAsync(BackupContent content, bool withOwners = true, CancellationToken cancellationToken = default)
    {
        if (options.Login is not null)
            return await new BackupRestore(await options.LogInAsync(cancellationToken).ConfigureAwait(false), progress).IntoEmptyAsync(content, withOwners, cancellationToken).ConfigureAwait(false);
        var connection = await OpenOrCreateAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (await RestoreTarget.FindObjectAsync(connection, cancellationToken).ConfigureAwait(false) is { } found)
            {
                throw new BackupFailedException(
                    $"database {Database} is not empty: it has {found}; nothing was changed",
                    $"Give an empty one: {Again(content)} --database NEW_NAME. To replace {Database}: {ReplaceOf(content)}");
            }
        }

        await RestoreTarget.FillAsync(content, options.ConnectionString, withOwners, options, progress, cancellationToken).ConfigureAwait(false);
        await LogAsync(content, null).ConfigureAwait(false);
        return new RestoreReport(content.Backup, Database, null, options.TimeProvider.GetElapsedTime(_began));
    }

    /// <summary>Restores in the place of the database of the connection string, and keeps what is there under another name.</summary>
    /// <param name="content">The backup.</param>
    /// <param name="endsSessions">Whether other sessions of the database are ended; else they are a reason to refuse.</param>
    /// <param name="withOwners">Whether whose each object is comes from the backup.</param>
    /// <param name="reason">What confirmed it, for the log.</param>
    /// <param name="cancellationToken">Ends it; the database stays as it is.</param>
    /// <exception cref="BackupFailedException">Others use the database, the backup is damaged, or the server refuses.</exception>
    public async Task<RestoreReport> ReplaceAsync(
        BackupContent content, bool endsSessions = false, bool withOwners = true, string? reason = null, CancellationToken cancellationToken = default)
    {
        if (options.Login is not null)
        {
            var known = await options.LogInAsync(cancellationToken).ConfigureAwait(false);
            return await new BackupRestore(known, progress).ReplaceAsync(content, endsSessions, withOwners, reason, cancellationToken).ConfigureAwait(false);
        }

        DatabaseForm form;
        var connection = await MigrationConnection.OpenAsync(options.ConnectionString, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            if (!endsSessions)
                await RefuseSessionsAsync(connection, content, cancellationToken).ConfigureAwait(false);
            form = await DatabaseForm.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        }

        var outside = await OpenOutsideAsync(cancellationToken).ConfigureAwait(false);
        await using (outside.ConfigureAwait(false))
        {
            var beside = new NpgsqlConnectionStringBuilder(options.ConnectionString) { Database = outside.Database };
            var scratch = await RestoreTarget.MakeAsync(beside.ConnectionString, form, "restore", content, options, progress, cancellationToken).ConfigureAwait(false);
            await using (scratch.ConfigureAwait(false))
            {
                beside.Database = scratch.Name;
                await RestoreTarget.FillAsync(content, beside.ConnectionString, withOwners, options, progress, cancellationToken).ConfigureAwait(false);
                var kept = NameForKept();
                await SwapAsync(outside, scratch.Name, kept, form, endsSessions, content, cancellationToken).ConfigureAwait(false);
                scratch.Keep();
                await LogAsync(content, reason is null ? $"what was there is kept as {kept}" : $"{reason}; what was there is kept as {kept}").ConfigureAwait(false);
                return new RestoreReport(content.Backup, Database, kept, options.TimeProvider.GetElapsedTime(_began));
            }
        }
    }

    private async Task SwapAsync(
        NpgsqlConnection outside, string restored, string kept, DatabaseForm form, bool endsSessions, BackupContent content, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var sql in form.Complete(restored))
                await OwnSql.RunAsync(outside, sql, cancellationToken).ConfigureAwait(false);
            for (var attempt = 1; ; attempt++)
            {
                // Those of an autovacuum only a superuser may end; the server does that itself before it renames
                if (endsSessions)
                    await OwnSql.RunAsync(outside, $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{Database.Replace("'", "''", StringComparison.Ordinal)}' and backend_type = 'client backend'", cancellationToken).ConfigureAwait(false);
                try
                {
                    // One transaction: there is no moment without a database of that name. Not cancelled: it is done or not.
                    await OwnSql.RunAsync(
                        outside,
                        $"begin; alter database {DatabaseForm.Quote(Database)} rename to {DatabaseForm.Quote(kept)}; alter database {DatabaseForm.Quote(restored)} rename to {DatabaseForm.Quote(Database)}; commit",
                        CancellationToken.None).ConfigureAwait(false);
                    return;
                }
                catch (PostgresException used) when (used.SqlState is PostgresErrorCodes.ObjectInUse && endsSessions && attempt < 10)
                {
                    await Rollback.RunAsync(outside).ConfigureAwait(false); // somebody has connected again
                }
            }
        }
        catch (PostgresException refused)
        {
            await Rollback.RunAsync(outside).ConfigureAwait(false);
            throw new BackupFailedException(
                $"{Database} could not be replaced: {refused.MessageText}{(refused.Detail is null ? "" : $" ({refused.Detail})")} [{refused.SqlState}]; it is as it was",
                refused.SqlState is PostgresErrorCodes.ObjectInUse
                    ? $"End what uses it, or run {ReplaceOf(content)} --force, which ends these sessions."
                    : "Mend what it says, and run the command again.",
                refused);
        }
    }

    private async Task RefuseSessionsAsync(NpgsqlConnection connection, BackupContent content, CancellationToken cancellationToken)
    {
        if (await OtherSessions.WaitForEndAsync(connection, options.TimeProvider, cancellationToken).ConfigureAwait(false) is { } others)
        {
            throw new BackupFailedException(
                $"{Database} is in use by others: {others}; nothing was changed",
                $"End what uses it, or run {ReplaceOf(content)} --force, which ends these sessions.");
        }
    }

    /// <summary>A database can't be renamed, nor made, from within.</summary>
    private async Task<NpgsqlConnection> OpenOutsideAsync(CancellationToken cancellationToken)
    {
        foreach (var other in (string[])["postgres", "template1"])
        {
            try
            {
                if (other != Database)
                    return await MigrationConnection.OpenAsync(new NpgsqlConnectionStringBuilder(options.ConnectionString) { Database = other }.ConnectionString, cancellationToken).ConfigureAwait(false);
            }
            catch (ConnectionFailedException) when (other is "postgres")
            {
                // Somebody has dropped it, or this user may not connect to it.
            }
        }

        throw new BackupFailedException($"{Database} can't be replaced: there is no other database to do it from; nothing was changed", "Let this user connect to the database postgres.");
    }

    private async Task<NpgsqlConnection> OpenOrCreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await MigrationConnection.OpenAsync(options.ConnectionString, cancellationToken).ConfigureAwait(false);
        }
        catch (ConnectionFailedException missing) when (missing.InnerException is PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName })
        {
            var outside = await OpenOutsideAsync(cancellationToken).ConfigureAwait(false);
            await using (outside.ConfigureAwait(false))
                await CreateAsync(outside, cancellationToken).ConfigureAwait(false);
            return await MigrationConnection.OpenAsync(options.ConnectionString, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CreateAsync(NpgsqlConnection outside, CancellationToken cancellationToken)
    {
        try
        {
            await OwnSql.RunAsync(outside, $"create database {DatabaseForm.Quote(Database)} template template0", cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BackupFailedException($"there is no database {Database}, and it can't be made: {refused.MessageText} [{refused.SqlState}]", "Let an administrator make it, and run the command again.", refused);
        }
    }

    /// <summary>The restored history is to say that it was restored. It is, whether that can be written or not.</summary>
    private async Task LogAsync(BackupContent content, string? reason)
    {
        try
        {
            await WriteLogAsync(content, reason).ConfigureAwait(false);
        }
        catch (Exception unable) when (unable is NpgsqlException or MigrationException)
        {
            progress?.Report(new NoticeReceived("WARNING", $"{Database} is restored, but its log could not be told so: {unable.Message}"));
        }
    }

    private async Task WriteLogAsync(BackupContent content, string? reason)
    {
        var connection = await options.OpenLaterAsync(options.ConnectionString, CancellationToken.None).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            await BackupLog.AddAsync(connection, options, content.Backup.Manifest?.HistorySchema ?? options.HistorySchema, "restore", content.Backup.Address, reason).ConfigureAwait(false);
    }

    private string Again(BackupContent content) =>
        $"{options.CommandName} backup restore {(content.IsFile ? content.Backup.Address : content.Backup.Name)}";

    private string ReplaceOf(BackupContent content) => $"{Again(content)}{(options.IsOtherDatabase ? $" --database {Database}" : "")} --replace";

    private string NameForKept()
    {
        var suffix = $"_before_{options.TimeProvider.GetUtcNow().UtcDateTime.ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture)}";
        var name = Database;
        while (System.Text.Encoding.UTF8.GetByteCount(name) + suffix.Length > LongestName)
            name = name[..^1];
        return name + suffix;
    }
}
