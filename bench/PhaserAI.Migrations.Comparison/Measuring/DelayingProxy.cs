using System.Diagnostics;
using System.Globalization;

namespace PhaserAI.Migrations.Comparison.Measuring;

/// <summary>A running bench/native/proxy.c: adds latency between a client and the server, and counts round trips.</summary>
internal sealed class DelayingProxy : IDisposable
{
    private readonly Process _process;

    private DelayingProxy(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public static async Task<DelayingProxy> StartAsync(Tools tools, TimeSpan delay, CancellationToken cancellationToken)
    {
        string[] arguments = [Text(tools.Port), Text((int)delay.TotalMicroseconds)];
        var process = Process.Start(new ProcessStartInfo(tools.In("proxy"), arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var port = await process.StandardOutput.ReadLineAsync(cancellationToken);
        return new DelayingProxy(process, int.Parse(port!, CultureInfo.InvariantCulture));
    }

    /// <summary>Ends it; the round trips that it has seen.</summary>
    public async Task<long> StopAsync(CancellationToken cancellationToken)
    {
        _process.StandardInput.Close();
        var counted = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        return long.Parse(counted!, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
