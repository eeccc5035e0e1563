using System.Globalization;
using System.Text;

namespace PhaserAI.Migrations.Comparison.Reporting;

/// <summary>The page that bench.sh writes.</summary>
internal static class ResultsPage
{
    public static string Write(ComparisonResult result, MicroResults micro, string command, string facts)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            # Results

            Made by `{command}` and by nothing else; [README.md](README.md) says what the words mean, [WHY.md](WHY.md), with profiles, why
            targets are missed.

            {facts.Trim()}

            ## Targets

            Ratios are wall times of phaserai-migrate divided by those of the other in the same round: the median of all
            rounds (lowest–highest), which the verdict is about, and the fastest run by the fastest.

            | what | target | measured | fastest | verdict |
            | --- | --- | --- | --- | --- |
            {string.Join('\n', Targets.Of(result, micro).Select(target => target.Row()))}

            """);
        foreach (var (_, up) in result.Ups)
            Add(page, up, Contenders.Psql);
        page.Append(CultureInfo.InvariantCulture, $"\nThe next tables are with {result.Most:N0} migrations applied.\n");
        foreach (var again in result.Again)
            Add(page, again, Contenders.Dbmate);
        foreach (var down in result.Downs)
            Add(page, down, Contenders.Psql);
        foreach (var script in result.BigScripts)
            Add(page, script, Contenders.Psql);
        page.Append(CultureInfo.InvariantCulture, $"""

            ## Inside the program

            BenchmarkDotNet, the just-in-time compiler, one core.

            | what | median | speed |
            | --- | ---: | ---: |
            {string.Join('\n', micro.Rows())}

            """);
        return page.ToString();
    }

    /// <summary>The page of a large backup.</summary>
    public static string Write(ScenarioResult backup, string command, string facts)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            # A large backup

            Made by `{command}` and by nothing else; [README.md](README.md#a-large-backup) says what is measured.

            {facts.Trim()}

            | what | target | measured | fastest | verdict |
            | --- | --- | --- | --- | --- |
            {string.Join('\n', Targets.Of(backup).Select(target => target.Row()))}

            """);
        Add(page, backup, BackupRace.Dump);
        return page.ToString();
    }

    private static void Add(StringBuilder page, ScenarioResult result, string reference)
    {
        var scenario = result.Scenario;
        page.Append(CultureInfo.InvariantCulture, $"""

            ## {Capital(scenario.Title)}{(scenario.DelayMs > 0 ? $", {scenario.DelayMs} ms a round trip" : "")}

            | | wall, ms | × {reference} | CPU, ms | peak, MB | round trips |
            | --- | ---: | ---: | ---: | ---: | ---: |

            """);
        foreach (var entrant in result.Entrants)
            page.Append(entrant.Runs.IsEmpty ? $"| {entrant.Name} | {entrant.Missing} | | | | |\n" : Row(result, entrant, reference));
    }

    private static string Row(ScenarioResult result, EntrantResult entrant, string reference)
    {
        var ratios = result.Ratios(entrant.Name, reference);
        return $"| {entrant.Name} | {Spread.Of(entrant.Runs.Select(run => run.WallMs))} | {(ratios.IsEmpty ? "" : Spread.Of(ratios))} "
            + $"| {Spread.Number(Spread.Of(entrant.Runs.Select(run => run.CpuMs)).Median)} | {Spread.Number(entrant.Runs.Max(run => run.PeakMb))} "
            + $"| {(entrant.RoundTrips > 0 ? entrant.RoundTrips.ToString("N0", CultureInfo.InvariantCulture) : "")} |\n";
    }

    private static string Capital(string title) => title.StartsWith('`') ? title : char.ToUpperInvariant(title[0]) + title[1..];
}
