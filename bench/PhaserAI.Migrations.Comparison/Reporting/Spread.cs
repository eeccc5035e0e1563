using System.Globalization;

namespace PhaserAI.Migrations.Comparison.Reporting;

/// <summary>A median with what lies around it.</summary>
internal readonly record struct Spread(double Median, double Min, double Max)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return new Spread(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }

    /// <summary>As "0.72 (0.65–0.80)", with as many digits as say something.</summary>
    public override string ToString() => Min == Max ? Number(Median) : $"{Number(Median)} ({Number(Min)}–{Number(Max)})";

    public static string Number(double value) => value.ToString(Math.Abs(value) switch { < 10 => "0.00", < 100 => "0.0", _ => "#,0" }, CultureInfo.InvariantCulture);
}
