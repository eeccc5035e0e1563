using System.Collections.Immutable;
using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Looks from a second connection who keeps a statement waiting, and how far an index build is, and tells. After the server has given up (55P03) it is too
/// late to ask (measured). The connection is made only when the server is silent for a while.
/// </summary>
internal sealed class BlockerWatch(
    NpgsqlConnection connection, MigrationLock held, MigrationOptions options, IProgress<MigrationEvent>? progress) : IAsyncDisposable
{
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WhileBlocked = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(5);

    private readonly int _process = connection.ProcessID; // a connection that is lost has none any more
    private NpgsqlConnection? _second;
    private ImmutableArray<LockHolder> _blockers = [];
    private ImmutableArray<LockHolder> _lastBlockers = [];
    private IndexBuildProgress? _told;
    private bool _isBlind = held.IsPooled; // whose process works for it now, the pooler does not tell
    private long _advanced;
    private long _blockedSince;

    /// <summary>Runs something that sends statements, and watches meanwhile.</summary>
    public async Task RunAsync(Func<Task> work)
    {
        Advanced();
        var working = work();
        var end = new CancellationTokenSource();
        var looking = Task.CompletedTask;
        var patience = options.LockTimeout > TimeSpan.Zero && options.LockTimeout / 2 < LongestPatience ? options.LockTimeout / 2 : LongestPatience;
        using (end)
        {
            for (var interval = patience; ; interval = _blockers.IsEmpty ? Min(interval * 2, LongestInterval) : WhileBlocked)
            {
                await Task.WhenAny(working, Task.Delay(interval, options.TimeProvider, end.Token)).ConfigureAwait(false);
                while (!working.IsCompleted && patience - SinceAdvance() is { Ticks: > 0 } left)
                    await Task.WhenAny(working, Task.Delay(left, options.TimeProvider, end.Token)).ConfigureAwait(false);
                if (working.IsCompleted || _isBlind)
                    break;
                looking = LookAsync(end.Token);
                await Task.WhenAny(working, looking).ConfigureAwait(false);
            }

            await Task.WhenAny(working).ConfigureAwait(false);
            await end.CancelAsync().ConfigureAwait(false);
            await looking.ConfigureAwait(false);
            Unblocked();
        }

        try
        {
            await working.ConfigureAwait(false);
        }
        catch (StatementFailedException lost)
        {
            // The last look may have come when the server had given up and its answer was still on the way
            lost.Blockers = _blockers.IsEmpty && LockRetry.IsTransient(lost) ? _lastBlockers : _blockers;
            throw;
        }
    }

    /// <summary>The server has answered: nothing waits at this moment.</summary>
    public void Advanced()
    {
        _blockers = _lastBlockers = [];
        Unblocked();
        Volatile.Write(ref _advanced, options.TimeProvider.GetTimestamp());
    }

    public async ValueTask DisposeAsync()
    {
        if (_second is not null)
            await _second.DisposeAsync().ConfigureAwait(false);
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            _second ??= await MigrationConnection.OpenAsync(options, cancellationToken).ConfigureAwait(false);
            await TellProgressAsync(_second, cancellationToken).ConfigureAwait(false);
            var (before, asked) = (_blockers, Volatile.Read(ref _advanced));
            var blocked = await Blockers.ReadAsync(_second, _process, cancellationToken).ConfigureAwait(false);
            _blockers = blocked?.Blockers ?? [];
            if (!_blockers.IsEmpty)
                _lastBlockers = _blockers;
            if (blocked is null)
                Unblocked();
            else if (Volatile.Read(ref _advanced) == asked)
                Interlocked.CompareExchange(ref _blockedSince, Before(blocked.Waited), 0);
            if (blocked is not null && !_blockers.Select(blocker => blocker.ProcessId).SequenceEqual(before.Select(blocker => blocker.ProcessId)))
                progress?.Report(blocked);
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception unable) when (unable is NpgsqlException or MigrationException or InvalidOperationException)
        {
            _isBlind = true; // no connection to spare: the run goes on without
        }
    }

    private async Task TellProgressAsync(NpgsqlConnection second, CancellationToken cancellationToken)
    {
        if (await IndexBuilds.ReadAsync(second, _process, cancellationToken).ConfigureAwait(false) is { } now && IndexBuilds.IsNews(_told, now))
            progress?.Report(_told = now);
    }

    /// <summary>Nothing waits any more; tells how long it has, once.</summary>
    private void Unblocked()
    {
        if (Interlocked.Exchange(ref _blockedSince, 0) is not 0 and var since)
            progress?.Report(new StatementUnblocked(options.TimeProvider.GetElapsedTime(since)));
    }

    private long Before(TimeSpan ago) => options.TimeProvider.GetTimestamp() - (long)(ago.TotalSeconds * options.TimeProvider.TimestampFrequency);

    private TimeSpan SinceAdvance() => options.TimeProvider.GetElapsedTime(Volatile.Read(ref _advanced));

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
