using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Npgsql;

namespace PhaserAI.Migrations.Backups;

/// <summary>
/// A running pg_dump, pg_restore or psql. It sees nothing of the caller's environment but what is given here, gets the
/// password through a file that only its user can read, and does not outlive the call: disposing ends it.
/// </summary>
internal sealed class ClientCall : IAsyncDisposable
{
    private const int MostErrorText = 4000;

    /// <summary>Linux, fcntl.h.</summary>
    private const int SetPipeSize = 1031;

    /// <summary>What a user who is not root may have (pipe(7)).</summary>
    private const int LargestPipe = 1 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly PasswordFile? _password;
    private readonly string? _secret;
    private readonly Task _reading;
    private readonly StringBuilder _error = new();

    /// <summary>Starts a program without a connection.</summary>
    public ClientCall(string program, IEnumerable<string> arguments, BackupOptions options)
        : this(program, arguments, options, null)
    {
    }

    /// <summary>Starts a program that connects to a database as the connection string says.</summary>
    /// <exception cref="Win32Exception">It can't be started.</exception>
    public ClientCall(string program, IEnumerable<string> arguments, BackupOptions options, NpgsqlConnectionStringBuilder? address)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment.Clear();
        start.Environment["PATH"] = options.ProgramPath ?? "";
        start.Environment["LC_ALL"] = "C.UTF-8"; // messages are read by this tool too
        if (options.Home is { } home)
            start.Environment["HOME"] = home;
        if (address is not null)
        {
            _secret = address.Password;
            _password = string.IsNullOrEmpty(_secret) ? null : PasswordFile.Write(_secret);
            foreach (var (name, value) in ClientEnvironment.Of(address, _password?.Path))
                start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        try
        {
            _process.Start();
        }
        catch
        {
            _process.Dispose();
            _password?.Dispose();
            throw;
        }

        Widen(Output);
        Widen(Input);
        _reading = ReadErrorAsync();
    }

    public Stream Output => _process.StandardOutput.BaseStream;

    public Stream Input => _process.StandardInput.BaseStream;

    private string Name => Path.GetFileNameWithoutExtension(_process.StartInfo.FileName);

    /// <summary>It has connected: the file with the password is not needed any more.</summary>
    public void ForgetPassword() => _password?.Dispose();

    /// <summary>Ends it: by SIGINT, at which it cancels its statement on the server; a moment later by force, with what it has started.</summary>
    public void End()
    {
        try
        {
            if (!OperatingSystem.IsWindows() && !_process.HasExited)
                _ = Signal(_process.Id, 2);
            _ = KillAsync();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Waits for its end; null when it succeeded, else why not, in its own words.</summary>
    public async Task<string?> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        if (_process.ExitCode == 0)
            return null;
        // A shell's convention, which .NET follows: 128 and the signal's number.
        var end = _process.ExitCode > 128
            ? $"{Name} was killed by signal {(_process.ExitCode - 128).ToString(CultureInfo.InvariantCulture)}"
            : $"{Name} ended with {_process.ExitCode.ToString(CultureInfo.InvariantCulture)}";
        var words = Masked(_error.ToString()).Trim();
        return words.Length > 0 ? $"{end}: {words}" : end;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            End();
            await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await _reading.ConfigureAwait(false);
        _process.Dispose();
        _password?.Dispose();
    }

    /// <summary>The first words say what went wrong; what follows is kept from filling the pipe.</summary>
    private async Task ReadErrorAsync()
    {
        var buffer = new char[1024];
        while (await _process.StandardError.ReadAsync(buffer.AsMemory(), CancellationToken.None).ConfigureAwait(false) is var count and > 0)
            _error.Append(buffer, 0, Math.Min(count, MostErrorText - _error.Length));
    }

    private async Task KillAsync()
    {
        try
        {
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(Patience, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }

    /// <summary>
    /// pg_dump writes 4 kB at a time, and psql reads so: with 64 kB between them and us the two wait for each other all the time. Where
    /// it can't be had it does without.
    /// </summary>
    private static void Widen(Stream stream)
    {
        if (OperatingSystem.IsLinux() && stream is PipeStream pipe)
            _ = Control(pipe.SafePipeHandle, SetPipeSize, LargestPipe);
    }

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(SafePipeHandle descriptor, int command, int argument);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int process, int signal);

    private string Masked(string text) => string.IsNullOrEmpty(_secret) ? text : text.Replace(_secret, "***", StringComparison.Ordinal);
}
