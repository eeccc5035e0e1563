using System.Collections.Immutable;

namespace PhaserAI.Migrations.Comparison;

/// <summary>What was measured.</summary>
/// <param name="Size">How much was to be measured.</param>
/// <param name="Ups">For each number of migrations and delay.</param>
/// <param name="Again">What changes nothing, with the most migrations applied.</param>
/// <param name="Downs">For each delay.</param>
/// <param name="BigScripts">Scripts of many MB; empty when left out.</param>
internal sealed record ComparisonResult(
    ComparisonSize Size,
    ImmutableArray<(int Count, ScenarioResult Result)> Ups,
    ImmutableArray<ScenarioResult> Again,
    ImmutableArray<ScenarioResult> Downs,
    ImmutableArray<ScenarioResult> BigScripts)
{
    public const string NoOpTitle = "`up` with nothing to do", StatusTitle = "`status`";

    public int Most => Size.Counts[^1];

    public ScenarioResult Up(int delayMs) => Ups.Single(up => up.Count == Most && up.Result.Scenario.DelayMs == delayMs).Result;

    public ScenarioResult Unchanged(string title, int delayMs) => Again.Single(again => again.Scenario.Title == title && again.Scenario.DelayMs == delayMs);
}
