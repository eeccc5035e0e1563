using System.Diagnostics;
using System.Globalization;

namespace PhaserAI.Migrations.Comparison.Measuring;

/// <summary>Runs programs under bench/native/measure.c.</summary>
internal sealed class MeasuredRun(Tools tools)
{
    public string Log { get; } = tools.WorkFile("log");

    /// <summary>Runs a program to its end. Whatever it exits with is a result; its output is in <see cref="Log"/>.</summary>
    public async Task<Measurement> RunAsync(ProgramCall call, TimeSpan limit, CancellationToken cancellationToken)
    {
        var result = tools.WorkFile("measured");
        File.Delete(result);
        var seconds = ((int)limit.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(tools.In("measure"), [result, Log, seconds, call.Program, .. call.Arguments]) { WorkingDirectory = tools.Work };
        foreach (var (name, value) in call.Variables)
            start.Environment[name] = value;
        using (var process = Process.Start(start)!)
            await process.WaitForExitAsync(cancellationToken);
        var numbers = (await File.ReadAllTextAsync(result, cancellationToken)).Split().Take(4).Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        return new Measurement(numbers[0] / 1000.0, numbers[1] / 1000.0, numbers[2] / 1024.0, (int)numbers[3]);
    }
}
