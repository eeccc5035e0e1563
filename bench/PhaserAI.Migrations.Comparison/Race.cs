using PhaserAI.Migrations.Comparison.Measuring;

namespace PhaserAI.Migrations.Comparison;

/// <summary>
/// Runs scenarios. The contenders take turns within a round and each round begins with another one, so that what else the
/// machine does hits all of them; what a table compares are pairs of one round.
/// </summary>
internal sealed class Race(Tools tools, Action<string> tell)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly MeasuredRun _run = new(tools);

    public async Task<ScenarioResult> RunAsync(Scenario scenario, CancellationToken cancellationToken)
    {
        var tracks = scenario.Entrants.Select(entrant => new Track(entrant)).ToArray();
        if (!scenario.IsWarm)
        {
            foreach (var track in tracks)
            {
                // The first run is not counted; it goes through the proxy, whose work would be part of the time.
                tell($"{scenario.Title}: first run of {track.Entrant.Name}");
                await RunThroughProxyAsync(track, delayMs: 0, cancellationToken);
                track.Runs.Clear();
            }
        }

        for (var round = 0; round < scenario.Rounds; round++)
        {
            tell($"{scenario.Title}, {scenario.DelayMs} ms: round {round + 1} of {scenario.Rounds}");
            foreach (var track in Order(tracks, round).Where(track => round < track.Entrant.Rounds && track.Missing is null))
            {
                if (scenario.DelayMs > 0)
                    await RunThroughProxyAsync(track, scenario.DelayMs, cancellationToken);
                else
                    await RunOnceAsync(track, tools.Port, cancellationToken);
            }
        }

        return new ScenarioResult(scenario, [.. tracks.Select(track => new EntrantResult(track.Entrant.Name, [.. track.Runs], track.RoundTrips, track.Missing))]);
    }

    /// <summary>Rotated in each round, and every second one backwards.</summary>
    private static IEnumerable<Track> Order(Track[] tracks, int round)
    {
        var rotated = Enumerable.Range(0, tracks.Length).Select(i => tracks[(i + round) % tracks.Length]);
        return round % 2 == 0 ? rotated : rotated.Reverse();
    }

    private async Task RunThroughProxyAsync(Track track, int delayMs, CancellationToken cancellationToken)
    {
        using var proxy = await DelayingProxy.StartAsync(tools, TimeSpan.FromMilliseconds(delayMs), cancellationToken);
        await RunOnceAsync(track, proxy.Port, cancellationToken);
        track.RoundTrips = await proxy.StopAsync(cancellationToken);
    }

    private async Task RunOnceAsync(Track track, int port, CancellationToken cancellationToken)
    {
        await track.Entrant.Prepare(cancellationToken);
        var measured = await _run.RunAsync(track.Entrant.Call(port), Limit, cancellationToken);
        if (measured.ExitCode == 0)
        {
            track.Runs.Add(measured);
            return;
        }

        // Not the output itself: it names files and folders of this machine.
        track.Missing = measured.ExitCode == Measurement.TookTooLong ? $"took longer than {Limit.TotalMinutes:0} min" : $"failed with exit code {measured.ExitCode}";
        tell($"{track.Entrant.Name} {track.Missing}:\n{string.Join('\n', File.ReadLines(_run.Log).TakeLast(20))}");
    }

    private sealed record Track(Entrant Entrant)
    {
        public List<Measurement> Runs { get; } = [];

        public long RoundTrips { get; set; }

        public string? Missing { get; set; }
    }
}
