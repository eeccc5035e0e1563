using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace PhaserAI.Migrations.Tests.Lambda;

/// <summary>A process of the function's program: as built beside the tests, or the one that MIGRATE_TEST_BOOTSTRAP names.</summary>
internal sealed class Sandbox : IDisposable
{
    private readonly Channel<PendingInvocation> _handed = Channel.CreateUnbounded<PendingInvocation>();
    private readonly Process _process;
    private Action<string>? _wrote;
    private readonly List<string> _early = [];

    public Sandbox(string api, string folder, IEnumerable<KeyValuePair<string, string>> variables)
    {
        var program = Environment.GetEnvironmentVariable("MIGRATE_TEST_BOOTSTRAP") is { Length: > 0 } given ? given : Path.Combine(AppContext.BaseDirectory, "bootstrap");
        var start = new ProcessStartInfo(program) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment.Clear();
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        start.Environment["PATH"] = "/usr/local/bin:/usr/bin/:/bin";
        start.Environment["AWS_LAMBDA_RUNTIME_API"] = api;
        start.Environment["LAMBDA_TASK_ROOT"] = folder;
        start.Environment["_HANDLER"] = "bootstrap";
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Write(line.Data);
        _process.ErrorDataReceived += (_, line) => Write(line.Data);
        _process.Exited += (_, _) => End();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Told each line that it writes.</summary>
    public Action<string> Wrote
    {
        set
        {
            lock (_early)
            {
                _wrote = value;
                _early.ForEach(value);
                _early.Clear();
            }
        }
    }

    /// <summary>Told its exit code when it ends by itself.</summary>
    public Action<int> Exited { get; set; } = _ => { };

    public bool IsAlive => !_process.HasExited;

    public int ProcessId => _process.Id;

    public void Hand(PendingInvocation invocation) => _handed.Writer.TryWrite(invocation);

    /// <exception cref="ChannelClosedException">The process is gone.</exception>
    public ValueTask<PendingInvocation> NextAsync() => _handed.Reader.ReadAsync();

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
        End();
    }

    public void Dispose()
    {
        if (IsAlive)
            Kill();
        _process.Dispose();
    }

    private void End()
    {
        _handed.Writer.TryComplete(new ChannelClosedException());
        Exited(_process.ExitCode);
    }

    private void Write(string? line)
    {
        if (line is null)
            return;
        lock (_early)
        {
            if (_wrote is null)
                _early.Add(line);
            else
                _wrote(line);
        }
    }
}
