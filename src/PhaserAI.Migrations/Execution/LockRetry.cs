using System.Runtime.ExceptionServices;
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

    /// <param name="transaction">Runs it, from BEGIN to COMMIT.</param>
    /// <param name="lost">How a first attempt has failed already; null when there was none.</param>
    /// <param name="undo">Rolls back what has failed, and forgets what a rollback leaves.</param>
    /// <param name="version">The migration.</param>
    /// <param name="options">How long to go on trying.</param>
    /// <param name="progress">Is told of each further attempt.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task RunAsync(
        Func<CancellationToken, Task> transaction,
        StatementFailedException? lost,
        Func<Task> undo,
        string version,
        MigrationOptions options,
        IProgress<MigrationEvent>? progress,
        CancellationToken cancellationToken)
    {
        var started = options.TimeProvider.GetTimestamp();
        for (var delay = FirstDelay; ; delay = Min(delay * 2, LongestDelay))
        {
            lost ??= await TryAsync(transaction, cancellationToken).ConfigureAwait(false);
            if (lost is null)
                return;
            var pause = delay * (0.75 + Random.Shared.NextDouble() / 2);
            if (options.TimeProvider.GetElapsedTime(started) + pause > options.RetryBudget)
                ExceptionDispatchInfo.Throw(lost);
            await undo().ConfigureAwait(false);
            progress?.Report(new MigrationRetried(version, lost.Refusal.SqlState, lost.Refusal.MessageText, pause) { Blockers = lost.Blockers });
            await Task.Delay(pause, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            options.RequireTime();
            lost = null;
        }
    }

    /// <summary>Whether it failed only because of what other sessions do at this moment.</summary>
    public static bool IsTransient(StatementFailedException failure) => failure.Refusal.SqlState
        is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    private static async Task<StatementFailedException?> TryAsync(Func<CancellationToken, Task> transaction, CancellationToken cancellationToken)
    {
        try
        {
            await transaction(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (StatementFailedException failure) when (IsTransient(failure))
        {
            return failure;
        }
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
