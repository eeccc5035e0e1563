using System.Globalization;

namespace PhaserAI.Migrations.Comparison.Reporting;

/// <summary>What is aimed at and what was measured of it.</summary>
/// <param name="What">What is measured.</param>
/// <param name="Limit">The most, or the least, that meets it.</param>
/// <param name="Unit">What is counted; "×" for a ratio.</param>
/// <param name="Measured">Null when it was not measured.</param>
internal sealed record Target(string What, double Limit, string Unit, Spread? Measured)
{
    /// <summary>Of a ratio: the fastest run of one by the fastest of the other, which what else the machine does disturbs least.</summary>
    public double? Fastest { get; init; }

    /// <summary>Whether more is better.</summary>
    public bool IsFloor { get; init; }

    /// <summary>What stands in the table when nothing was measured.</summary>
    public string Missing { get; init; } = "not measured";

    public string Row() => $"| {What} | {(IsFloor ? "≥" : "≤")} {Limit.ToString("0.##", CultureInfo.InvariantCulture)} {Unit} | {Measured?.ToString() ?? "–"} | {(Fastest is { } fastest ? Spread.Number(fastest) : "")} | {Verdict()} |";

    private string Verdict()
    {
        if (Measured is not { } measured)
            return Missing;
        var missed = IsFloor ? (Limit - measured.Median) / Limit : (measured.Median - Limit) / Limit;
        return missed <= 0 ? "met" : string.Create(CultureInfo.InvariantCulture, $"**missed by {Math.Ceiling(missed * 100):0} %**");
    }
}
