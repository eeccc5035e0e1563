using System.Collections.Immutable;
using System.Globalization;

namespace PhaserAI.Migrations.Comparison.Reporting;

/// <summary>What the BenchmarkDotNet project has measured: a line for each benchmark with its name, nanoseconds and bytes.</summary>
internal sealed class MicroResults(ImmutableArray<(string Name, double Nanoseconds, long Bytes)> benchmarks)
{
    public static MicroResults Read(string file) => new(!File.Exists(file) ? [] :
    [
        .. File.ReadLines(file).Select(line => line.Split('\t')).Select(parts =>
            (parts[0], double.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture))),
    ]);

    public IEnumerable<string> Rows() => benchmarks.Select(benchmark =>
        $"| {benchmark.Name} | {Spread.Number(benchmark.Nanoseconds / 1e6)} ms | {(benchmark.Bytes > 0 ? Spread.Number(Speed(benchmark)) + " MB/s" : "")} |");

    /// <summary>The slowest of the benchmarks whose name begins so.</summary>
    public Spread? MegabytesPerSecond(string name) =>
        Find(name) is { IsEmpty: false } found ? Spread.Of([found.Min(Speed)]) : null;

    public Spread? Milliseconds(string name) =>
        Find(name) is { IsEmpty: false } found ? Spread.Of([found.Max(benchmark => benchmark.Nanoseconds / 1e6)]) : null;

    private ImmutableArray<(string Name, double Nanoseconds, long Bytes)> Find(string name) =>
        [.. benchmarks.Where(benchmark => benchmark.Name.StartsWith(name, StringComparison.Ordinal))];

    private static double Speed((string Name, double Nanoseconds, long Bytes) benchmark) => benchmark.Bytes / 1e6 / (benchmark.Nanoseconds / 1e9);
}
