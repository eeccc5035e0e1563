using System.Collections.Immutable;
using PhaserAI.Migrations.Comparison.Measuring;

namespace PhaserAI.Migrations.Comparison;

/// <summary>Calls that do the same thing and are compared.</summary>
/// <param name="Title">What they do.</param>
/// <param name="Rounds">How often each is measured.</param>
/// <param name="DelayMs">What is added to each round trip.</param>
/// <param name="Entrants">The calls.</param>
internal sealed record Scenario(string Title, int Rounds, int DelayMs, ImmutableArray<Entrant> Entrants)
{
    /// <summary>Whether the first run, which is not counted, took place before with another delay.</summary>
    public bool IsWarm { get; init; }
}

/// <summary>One call of a scenario.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Rounds">How often it takes part at most.</param>
/// <param name="Prepare">What comes before each run and is not measured.</param>
/// <param name="Call">The call, for the port of the server or of the proxy.</param>
internal sealed record Entrant(string Name, int Rounds, Func<CancellationToken, Task> Prepare, Func<int, ProgramCall> Call);

/// <summary>What was measured of one entrant.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Runs">One measurement for each round that it took part in.</param>
/// <param name="RoundTrips">Of one run.</param>
/// <param name="Missing">Why there are no runs, or not all of them.</param>
internal sealed record EntrantResult(string Name, ImmutableArray<Measurement> Runs, long RoundTrips, string? Missing);

/// <summary>What was measured of a scenario.</summary>
internal sealed record ScenarioResult(Scenario Scenario, ImmutableArray<EntrantResult> Entrants)
{
    public EntrantResult? Find(string name) => Entrants.FirstOrDefault(entrant => entrant.Name == name && !entrant.Runs.IsEmpty);

    /// <summary>Wall times of one by those of another, each pair from the same round.</summary>
    public ImmutableArray<double> Ratios(string name, string to) =>
        Find(name) is { } left && Find(to) is { } right ? [.. left.Runs.Zip(right.Runs, (l, r) => l.WallMs / r.WallMs)] : [];
}
