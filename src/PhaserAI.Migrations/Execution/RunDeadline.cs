using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// The end of a run's time (<see cref="MigrationOptions.Deadline"/>). Nothing is begun when less than the reserve is left. What still runs when
/// a sixth of the reserve is left is cut off: a transaction is cancelled and rolled back; a statement outside of any is left to the
/// server, which works on when nobody listens.
/// </summary>
internal sealed class RunDeadline : IDisposable
{
    private readonly MigrationOptions _options;
    private readonly CancellationToken _user;
    private readonly CancellationTokenSource _cut;
    private readonly ITimer? _timer;
    private readonly long _began;

    /// <param name="options">They say when it is.</param>
    /// <param name="user">Ends the run at once.</param>
    public RunDeadline(MigrationOptions options, CancellationToken user)
    {
        (_options, _user, _cut) = (options, user, CancellationTokenSource.CreateLinkedTokenSource(user));
        _began = options.TimeProvider.GetTimestamp();
        // What is farther away than a timer can wait does not end a run.
        if (options.Deadline is not { } end || end - options.TimeProvider.GetUtcNow() > TimeSpan.FromDays(30))
            return;
        var left = end - (options.Reserve / 6) - options.TimeProvider.GetUtcNow();
        _timer = options.TimeProvider.CreateTimer(_ => CutOff(), null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>For what is rolled back when it is cancelled: by the user, or at the end of the time.</summary>
    public CancellationToken Cut => _cut.Token;

    /// <summary>Whether the time ended it, and not the user.</summary>
    public bool IsOver => _cut.IsCancellationRequested && !_user.IsCancellationRequested;

    /// <summary>Whether a statement was left to the server. Then the connection is gone.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Ends the run at once; the end of the time does not cancel it.</summary>
    public CancellationToken User => _user;

    /// <summary>Whether what began then had less than half of the run's time: the next run has more for it.</summary>
    /// <param name="started">A timestamp of the clock.</param>
    public bool IsLate(long started) => _options.TimeProvider.GetElapsedTime(_began, started) > _options.TimeProvider.GetElapsedTime(started);

    /// <summary>Runs a statement that must not be cancelled: at the end of the time its connection is given up, and the server goes on.</summary>
    public async Task RunOrLeaveAsync(NpgsqlConnection connection, Func<Task> work)
    {
        if (_options.Deadline is null)
        {
            await work().ConfigureAwait(false);
            return;
        }

        var socket = await AbandonedConnection.FindSocketAsync(connection, _user).ConfigureAwait(false);
        var registration = _cut.Token.Register(() =>
        {
            HasLeft = IsOver; // before the connection's end is noticed
            HasLeft = HasLeft && AbandonedConnection.TryShutDown(socket);
        });
        await using (registration.ConfigureAwait(false))
            await work().ConfigureAwait(false);
    }

    private void CutOff()
    {
        try
        {
            _cut.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The run came to its end in this very moment.
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _cut.Dispose();
    }
}
