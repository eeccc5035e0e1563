using Npgsql;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Backups;

/// <summary>What is done with backups of a database stands in its log, where it has one.</summary>
internal static class BackupLog
{
    public static async Task AddAsync(NpgsqlConnection connection, BackupOptions options, string? schema, string action, string address, string? reason)
    {
        try
        {
            await AddRowAsync(connection, options, schema, action, address, reason).ConfigureAwait(false);
        }
        catch (MigrationException)
        {
            // This user may not see the history.
        }
    }

    private static async Task AddRowAsync(NpgsqlConnection connection, BackupOptions options, string? schema, string action, string address, string? reason)
    {
        var history = await HistoryTable.LocateAsync(connection, schema, CancellationToken.None).ConfigureAwait(false);
        await RunLog.AddAsync(connection, history, new LogEntry(null, action, null, "done")
        {
            OperatingSystemUser = options.OperatingSystemUser,
            Host = System.Environment.MachineName,
            Tool = options.Tool,
            Environment = options.Environment,
            GitCommit = options.GitCommit,
            Reason = history.LogHasBackup ? reason : string.Join("; ", new[] { reason, address }.Where(text => text is not null)),
            Backup = history.LogHasBackup ? address : null,
        }).ConfigureAwait(false);
    }
}
