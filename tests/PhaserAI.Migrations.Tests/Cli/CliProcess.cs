using System.Diagnostics;
using System.Runtime.InteropServices;
using PhaserAI.Migrations.Tests.Postgres;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>The tool as a process of its own, to be killed: as built beside the tests, or the one that MIGRATE_TEST_BINARY names.</summary>
internal sealed class CliProcess : IDisposable
{
    private readonly Process _process;

    private CliProcess(Process process) => _process = process;

    /// <summary>The path of that program.</summary>
    public static string Tool { get; } = Environment.GetEnvironmentVariable("MIGRATE_TEST_BINARY") is { Length: > 0 } given
        ? given
        : Path.Combine(AppContext.BaseDirectory, "phaserai-migrate");

    public static CliProcess Start(MigrationFolder folder, TestDatabase database, params string[] args) => Start(new CliRunner(folder, database), args);

    /// <summary>With the environment that a call would have.</summary>
    public static CliProcess Start(CliRunner call, params string[] args)
    {
        var start = new ProcessStartInfo(Tool, args) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = call.CurrentDirectory };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        foreach (var (name, value) in call.Variables)
            start.Environment[name] = value;
        return new CliProcess(Process.Start(start)!);
    }

    /// <summary>Reads the standard error up to a line that holds a text; false when it ends before.</summary>
    public async Task<bool> ReadUntilAsync(string text)
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    /// <summary>SIGKILL: no chance to say good-bye.</summary>
    public void Kill() => _process.Kill();

    /// <summary>A signal by its name, as a shell sends it.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public async Task<CliResult> WaitAsync()
    {
        var output = _process.StandardOutput.ReadToEndAsync();
        var error = _process.StandardError.ReadToEndAsync();
        await _process.WaitForExitAsync();
        return new CliResult(_process.ExitCode, await output, await error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
