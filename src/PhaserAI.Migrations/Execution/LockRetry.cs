using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Runs a transaction again when it lost against other sessions: a lock not available in time, a deadlock, a serialization
/// failure. Waiting briefly and trying again keeps the lock queue of a busy table short.
/// </summary>
internal static class LockRetry
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(
        Func<CancellationToken, Task> transaction,
        Func<Task> rollBack,
        string version,
        MigrationOptions options,
        IProgress<MigrationEvent>? progress,
        CancellationToken cancellationToken)
    {
        var started = options.TimeProvider.GetTimestamp();
        for (var delay = FirstDelay; ; delay = Min(delay * 2, LongestDelay))
        {
            try
            {
                await transaction(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (StatementFailedException failure) when (IsTransient(failure.Refusal.SqlState))
            {
                var pause = delay * (0.75 + Random.Shared.NextDouble() / 2);
                if (options.TimeProvider.GetElapsedTime(started) + pause > options.RetryBudget)
                    throw;
                await rollBack().ConfigureAwait(false);
                progress?.Report(new MigrationRetried(version, failure.Refusal.SqlState, failure.Refusal.MessageText, pause));
                await Task.Delay(pause, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static bool IsTransient(string sqlState) =>
        sqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
