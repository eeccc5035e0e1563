using System.Collections.Immutable;
using System.Globalization;

namespace PhaserAI.Migrations.Comparison.Reporting;

/// <summary>The targets. Ratios are those of wall times, pair by pair.</summary>
internal static class Targets
{
    public static ImmutableArray<Target> Of(ComparisonResult result, MicroResults micro)
    {
        var count = result.Most.ToString("N0", CultureInfo.InvariantCulture);
        var (loopback, far, megabytes) = (result.Up(0), result.Up(1), result.Size.BigScriptMb);
        ImmutableArray<Target> targets =
        [
            Ratio($"`up` of {count} ÷ psql in one process, loopback", 0.85, loopback, Contenders.Psql),
            Ratio($"`up` of {count} ÷ the floor, loopback", 1.2, loopback, Contenders.Floor),
            Ratio($"`up` of {count} ÷ dbmate, 1 ms a round trip", 0.25, far, Contenders.Dbmate),
            Ratio($"`up` with nothing to do, {count} applied ÷ dbmate", 1, result.Unchanged(ComparisonResult.NoOpTitle, 0), Contenders.Dbmate),
            Ratio($"`status`, {count} applied ÷ dbmate", 1, result.Unchanged(ComparisonResult.StatusTitle, 0), Contenders.Dbmate),
            Ratio(result.Downs[0].Scenario.Title + " ÷ psql", 1, result.Downs[0], Contenders.Psql),
            Peak($"peak memory of `up` of {count}", 40, loopback),
            Peak($"peak memory, {megabytes} MB script with COPY", 64, Big(BigScripts.CopyTitle)),
            Peak($"peak memory, {megabytes} MB script of INSERTs: 1.25 × the file + 40 MB", (1.25 * megabytes) + 40, Big(BigScripts.InsertTitle)),
            new Target("lexer, one core", 300, "MB/s", micro.MegabytesPerSecond("Lex")) { IsFloor = true },
            new Target("planning 5,000 files that are parsed", 50, "ms", micro.Milliseconds("Plan")),
        ];
        return megabytes > 0 ? targets : [.. targets.Where(target => !target.What.Contains("script", StringComparison.Ordinal))];

        ScenarioResult? Big(string title) => result.BigScripts.FirstOrDefault(script => script.Scenario.Title.EndsWith(title, StringComparison.Ordinal));
    }

    /// <summary>Of a backup of a large database.</summary>
    public static ImmutableArray<Target> Of(ScenarioResult backup) =>
    [
        Ratio("to S3 ÷ `pg_dump > file`", 1.15, backup, BackupRace.Dump, BackupRace.S3),
        Peak("peak memory, to S3", 150, backup, BackupRace.S3),
    ];

    private static Target Ratio(string what, double limit, ScenarioResult result, string to, string name = Contenders.Ours)
    {
        var ratios = result.Ratios(name, to);
        return new Target(what, limit, "×", ratios.IsEmpty ? null : Spread.Of(ratios)) { Fastest = ratios.IsEmpty ? null : Fastest(result, name) / Fastest(result, to) };
    }

    private static double Fastest(ScenarioResult result, string name) => result.Find(name)!.Runs.Min(run => run.WallMs);

    private static Target Peak(string what, double limit, ScenarioResult? result, string name = Contenders.Ours) => new(
        what,
        limit,
        "MB",
        result?.Find(name) is { } ours ? Spread.Of([ours.Runs.Max(run => run.PeakMb)]) : null)
    {
        Missing = result?.Entrants.FirstOrDefault(entrant => entrant.Name == name)?.Missing is { } missing ? $"not supported yet: {missing}" : "not measured",
    };
}
