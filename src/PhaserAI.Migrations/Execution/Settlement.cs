using Npgsql;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Finds out what became of a migration whose connection broke: perhaps the COMMIT arrived and only its answer was lost.
/// The lock is held by the backend that did the work, so once a new connection has it, that backend is gone and the
/// history tells. Behind a pooler nothing is committed any more without it.
/// </summary>
internal static class Settlement
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>The history after the lost connection's end; null when the server did not come back in time.</summary>
    /// <param name="schema">The schema of the history.</param>
    /// <param name="options">How long to wait is <see cref="MigrationOptions.LockWait"/>, for the server and for the lock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<HistorySnapshot?> ReadAsync(string schema, MigrationOptions options, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await ReconnectAsync(options, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var history = await HistoryTable.LocateAsync(connection, schema, cancellationToken).ConfigureAwait(false);
                var held = await MigrationLock.AcquireAsync(connection, history, options, null, cancellationToken).ConfigureAwait(false);
                await using (held.ConfigureAwait(false))
                {
                    await Durability.FlushAsync(connection, cancellationToken).ConfigureAwait(false);
                    return await history.ReadAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception failure) when (failure is MigrationException or NpgsqlException or OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task<NpgsqlConnection> ReconnectAsync(MigrationOptions options, CancellationToken cancellationToken)
    {
        var started = options.TimeProvider.GetTimestamp();
        while (true)
        {
            try
            {
                return await MigrationConnection.OpenAsync(options, cancellationToken).ConfigureAwait(false);
            }
            catch (ConnectionFailedException) when (options.TimeProvider.GetElapsedTime(started) < options.LockWait)
            {
                // A server that restarts, or that ends its sessions after a crash, is back in a moment.
                await Task.Delay(RetryDelay, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
