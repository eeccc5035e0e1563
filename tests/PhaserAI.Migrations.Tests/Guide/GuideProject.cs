using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.DevServer;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>
/// A clone of the project in which the guide's blocks are typed into a real bash: with scripts/migrate.sh, infra/package.json and, unless they
/// would be in the way, the repository's migrations. Whatever server it has started ends with it.
/// </summary>
internal sealed class GuideProject : IAsyncDisposable
{
    private readonly TestProject _place;
    private readonly string _programs;
    private readonly Dictionary<string, string?> _variables = [];

    /// <param name="servers">The servers that the commands name; null when they need none.</param>
    /// <param name="place">Where it is to be; null for a place of its own.</param>
    /// <param name="hasMigrations">Whether the repository's migrations are in it.</param>
    public GuideProject(GuideServers? servers, TestProject? place = null, bool hasMigrations = true)
    {
        _place = place ?? new TestProject();
        Copy("scripts/migrate.sh", "infra/package.json", "infra/cdk.json");
        Directory.CreateDirectory(Migrations);
        if (hasMigrations)
            Copy([.. Directory.GetFiles(MigrationFolder.OfRepository, "*.sql").Select(file => Path.Combine("infra", "migrations", Path.GetFileName(file)))]);
        Home = Directory.CreateDirectory(Path.Combine(_place.Root, "home")).FullName;
        _programs = Directory.CreateDirectory(Path.Combine(_place.Root, "bin")).FullName;
        Set("PATH", _programs + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
        Set("PYENV_ROOT", Environment.GetEnvironmentVariable("PYENV_ROOT"));
        Set("HOME", Home);
        Set("SHELL", "/bin/bash");
        Set("DOTNET_ROOT", Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")));
        Set("PHASERAI_MIGRATE", Environment.GetEnvironmentVariable("MIGRATE_TEST_BINARY") is { Length: > 0 } given ? given : Path.Combine(AppContext.BaseDirectory, "phaserai-migrate"));
        if (servers is null)
            return;
        foreach (var (name, value) in servers.Variables(Folder, Home))
            Set(name, value);
        // The tool starts pg_dump with nothing of the user's environment
        WriteProgram("pg_dump", $$"""
            #!/usr/bin/env bash
            export LD_PRELOAD={{_variables["LD_PRELOAD"]}} NSS_WRAPPER_HOSTS={{_variables["NSS_WRAPPER_HOSTS"]}} PATH=${PATH#*:}
            exec pg_dump "$@"
            """);
    }

    public string Folder => _place.Folder;

    /// <summary>The user's home.</summary>
    public string Home { get; }

    public string Migrations => Path.Combine(Folder, "infra", "migrations");

    /// <summary>Sets a variable of the user's shell.</summary>
    public void Set(string name, string? value) => _variables[name] = value;

    /// <summary>Copies files of the repository.</summary>
    public void Copy(params string[] files)
    {
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Folder, file))!);
            File.Copy(Path.Combine(MigrationFolder.RepositoryRoot, file), Path.Combine(Folder, file));
        }
    }

    /// <summary>Writes a migration.</summary>
    public void Write(string name, string text) => File.WriteAllText(Path.Combine(Migrations, name), text);

    /// <summary>Puts a program before all others of its name.</summary>
    public void WriteProgram(string name, string script)
    {
        var file = Path.Combine(_programs, name);
        File.WriteAllText(file, script.ReplaceLineEndings("\n"));
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Types a block of the guide.</summary>
    /// <param name="block">Its number.</param>
    /// <param name="stopsAtFailure">Whether a command that fails is the last one; else bash goes on, as when they are typed one by one.</param>
    public Task<CliResult> TypeAsync(int block, bool stopsAtFailure = true) => RunAsync(GuideRuns.TextOf(block), stopsAtFailure);

    /// <summary>Types a block at a terminal, and an answer when it is asked for.</summary>
    public async Task<CliResult> TypeAsync(int block, string question, string answer)
    {
        Require.Program(ExternalProgram.FindOnPath("script"), "script (bsdutils)");
        using var process = Process.Start(Start("script", "-qec", $"bash -eo pipefail {FileOf(GuideRuns.TextOf(block))}", "/dev/null"))!;
        var screen = new StringBuilder();
        var buffer = new char[4096];
        while (await process.StandardOutput.ReadAsync(buffer) is var count and > 0)
        {
            screen.Append(buffer, 0, count);
            if (screen.ToString().EndsWith(question, StringComparison.Ordinal))
                await process.StandardInput.WriteLineAsync(answer);
        }

        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, screen.ToString(), "");
    }

    /// <summary>Runs other commands, without a terminal.</summary>
    public async Task<CliResult> RunAsync(string commands, bool stopsAtFailure = true)
    {
        using var process = Process.Start(Start("bash", [.. stopsAtFailure ? (string[])["-eo", "pipefail"] : [], FileOf(commands)]))!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, await output, await error);
    }

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    private string FileOf(string commands)
    {
        var file = Path.Combine(_place.Root, "typed.sh");
        File.WriteAllText(file, commands);
        return file;
    }

    private ProcessStartInfo Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Folder,
        };
        start.Environment.Clear();
        foreach (var (name, value) in _variables)
            start.Environment[name] = value;
        return start;
    }
}
