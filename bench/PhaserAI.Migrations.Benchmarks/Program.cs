using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using PhaserAI.Migrations.Benchmarks;

// Arguments: a file for the results, one line each with name, median in nanoseconds and bytes; without it they are only shown.
// In this process: BenchmarkDotNet's own project for another one would need a restore of its own.
var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(7);
var config = ManualConfig.CreateEmpty().AddJob(job).AddLogger(ConsoleLogger.Default).AddColumnProvider(DefaultColumnProviders.Instance);
var reports = BenchmarkRunner.Run([typeof(LexerBenchmarks), typeof(PlannerBenchmarks)], config).SelectMany(summary => summary.Reports).ToArray();
if (reports.Any(report => report.ResultStatistics is null))
    return 1;
if (args is [var file])
{
    File.WriteAllLines(file, reports.Select(report =>
    {
        var descriptor = report.BenchmarkCase.Descriptor;
        var bytes = descriptor.WorkloadMethod.GetCustomAttribute<BytesAttribute>()?.Count ?? 0;
        return string.Create(CultureInfo.InvariantCulture, $"{descriptor.WorkloadMethodDisplayInfo.Trim('\'')}\t{report.ResultStatistics!.Median:0}\t{bytes}");
    }));
}

return 0;
