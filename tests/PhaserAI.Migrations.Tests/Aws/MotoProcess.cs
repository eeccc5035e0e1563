using System.Diagnostics;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Tests.Aws;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

[assembly: AssemblyFixture(typeof(MotoProcess))]

namespace PhaserAI.Migrations.Tests.Aws;

/// <summary>One moto for all tests of a run, started by the first that asks: Python takes seconds to load it.</summary>
public sealed class MotoProcess : IAsyncDisposable
{
    private readonly Lazy<Task<(Process Process, string Endpoint)>> _started = new(StartAsync);

    internal async Task<string> EndpointAsync()
    {
        Require.Program(ExternalProgram.FindOnPath("moto_server"), "moto_server (pip install 'moto[server]' awscli)");
        return (await _started.Value).Endpoint;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_started.IsValueCreated || _started.Value.IsFaulted)
            return;
        using var process = (await _started.Value).Process;
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    private static async Task<(Process, string)> StartAsync()
    {
        // Between finding a free port and using it another program may take it: then another one is tried.
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            var port = PostgresServer.FreePort();
            var start = new ProcessStartInfo(ExternalProgram.FindOnPath("moto_server")!, ["-H", "127.0.0.1", "-p", $"{port}"])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            };
            start.Environment["PYTHONUNBUFFERED"] = "1";
            var process = Process.Start(start)!;
            var isReady = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            // A null is the end: it could not start.
            DataReceivedEventHandler look = (_, line) =>
            {
                if (line.Data?.Contains($"Running on http://127.0.0.1:{port}", StringComparison.Ordinal) != false)
                    isReady.TrySetResult(line.Data is not null);
            };
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += look;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (await isReady.Task)
                return (process, $"http://127.0.0.1:{port}");
            process.Dispose();
        }

        throw new InvalidOperationException("moto_server does not start.");
    }
}
