namespace PhaserAI.Migrations.Tests;

/// <summary>A clock that a test moves on; what is due then happens before <see cref="Advance"/> returns.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly Lock _turn = new();
    private readonly List<Due> _timers = [];
    private readonly DateTimeOffset _began = System.GetUtcNow();
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_turn)
            return _now.Ticks;
    }

    public override DateTimeOffset GetUtcNow() => _began + TimeSpan.FromTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Due(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        TimeSpan end;
        lock (_turn)
            end = _now + by;
        while (Next(end) is { } timer)
            timer.Ring();
        lock (_turn)
            _now = end;
    }

    /// <summary>The timer that is due first, with the clock at its time; null when none is due by then.</summary>
    private Due? Next(TimeSpan end)
    {
        lock (_turn)
        {
            if (_timers.Where(timer => timer.At <= end).MinBy(timer => timer.At) is not { } next)
                return null;
            _now = TimeSpan.FromTicks(Math.Max(_now.Ticks, next.At.Ticks));
            if (next.Period > TimeSpan.Zero)
                next.At += next.Period;
            else
                _timers.Remove(next);
            return next;
        }
    }

    private sealed class Due(ManualClock clock, Action ring) : ITimer
    {
        public TimeSpan At { get; set; }

        public TimeSpan Period { get; private set; }

        public void Ring() => ring();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._turn)
            {
                clock._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    (At, Period) = (clock._now + dueTime, period);
                    clock._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
