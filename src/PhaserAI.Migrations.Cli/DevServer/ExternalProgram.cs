using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace PhaserAI.Migrations.Cli.DevServer;

internal static class ExternalProgram
{
    /// <summary>Runs a program to its end. A cancelled call kills the program and everything it started.</summary>
    /// <exception cref="Win32Exception">The program does not exist or may not be executed.</exception>
    public static async Task<ProgramResult> RunAsync(ProgramCall call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        KeepOwnFilesFromChildren();
        using var process = new Process { StartInfo = StartInfo(call) };
        process.Start();
        // Read to the end without a token: the reads end with the program, and it is killed on cancellation.
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await WriteInputAsync(process, call.Input, cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None); // then nothing writes to its files any more
            throw;
        }

        // On Windows a server started by pg_ctl inherits these pipes and keeps them open: the program's end is what counts.
        var words = Task.WhenAll(output, error);
        await Task.WhenAny(words, Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, cancellationToken));
        return new ProgramResult(
            process.ExitCode,
            output.IsCompletedSuccessfully ? await output : "",
            error.IsCompletedSuccessfully ? await error : "");
    }

    /// <summary>The first file of this name in the folders of PATH, or null.</summary>
    public static string? FindOnPath(string name)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    private static ProcessStartInfo StartInfo(ProgramCall call)
    {
        var info = new ProcessStartInfo(call.Program, call.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = call.WorkingDirectory ?? "",
        };
        if (call.Environment is { } environment)
        {
            info.Environment.Clear();
            foreach (var (name, value) in environment)
                info.Environment[name] = value;
        }

        return info;
    }

    private static async Task WriteInputAsync(Process process, string input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading: its exit code tells.
        }
    }

    /// <summary>
    /// A server outlives its caller, so it must not inherit what the caller was given: with `(flock 9; migrate up) 9>lock` it would hold
    /// that lock for days. .NET opens its own files close-on-exec; this does it for inherited ones (Linux 5.11, glibc 2.34).
    /// </summary>
    private static void KeepOwnFilesFromChildren()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            const int CloseOnExec = 4;
            _ = CloseRange(3, uint.MaxValue, CloseOnExec);
        }
        catch (EntryPointNotFoundException)
        {
            // An older C library: the caller's extra files stay open in the server.
        }
    }

    [DllImport("libc", EntryPoint = "close_range")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CloseRange(uint first, uint last, int flags);
}
