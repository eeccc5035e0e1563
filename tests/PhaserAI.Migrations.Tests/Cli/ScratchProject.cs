using System.Diagnostics;
using System.Runtime.InteropServices;
using PhaserAI.Migrations.Tests.Postgres;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>
/// A project in which a page's commands run as they stand: with scripts/migrate.sh, and a psql that takes the page's names
/// (<c>-h your-db -U user -d database</c>) for the test's database.
/// </summary>
internal sealed class ScratchProject : IDisposable
{
    private readonly TestDatabase _database;
    private readonly string _programs;

    public ScratchProject(TestDatabase database)
    {
        _database = database;
        var scripts = Path.Combine(Folder.Project, "scripts");
        Directory.CreateDirectory(scripts);
        File.Copy(Path.Combine(MigrationFolder.RepositoryRoot, "scripts", "migrate.sh"), Path.Combine(scripts, "migrate.sh"));
        _programs = Path.Combine(Folder.Project, "bin");
        Directory.CreateDirectory(_programs);
        WriteProgram("psql", """
            #!/usr/bin/env bash
            args=()
            while (($#)); do
              case $1 in
                -h | -U | -d) shift 2 ;;
                *) args+=("$1"); shift ;;
              esac
            done
            PATH=$REAL_PATH exec psql -X -v ON_ERROR_STOP=1 -h "$DB_HOST" -p "$DB_PORT" -U "$DB_USER" -d "$DB_NAME" ${args[@]+"${args[@]}"}
            """);
    }

    public MigrationFolder Folder { get; } = new();

    /// <summary>What is set beside the address of the database.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Puts a program before all others of its name.</summary>
    public void WriteProgram(string name, string script)
    {
        var file = Path.Combine(_programs, name);
        File.WriteAllText(file, script.ReplaceLineEndings("\n"));
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Runs commands in bash, in the project's folder.</summary>
    /// <param name="commands">As they stand on a page.</param>
    /// <param name="stopsAtFailure">Whether the first command that fails is the last one, as in a script; else as when they are typed.</param>
    public async Task<CliResult> RunAsync(string commands, bool stopsAtFailure = true)
    {
        var path = Environment.GetEnvironmentVariable("PATH");
        var start = new ProcessStartInfo("bash", [stopsAtFailure ? "-euo" : "-uo", "pipefail", "-c", commands])
        {
            WorkingDirectory = Folder.Project,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment.Clear();
        foreach (var (name, value) in new CliRunner(Folder, _database).Variables.Where(variable => variable.Key != "MIGRATE_PROJECT").Concat(Variables))
            start.Environment[name] = value;
        start.Environment["REAL_PATH"] = path;
        start.Environment["PATH"] = _programs + Path.PathSeparator + path;
        start.Environment["HOME"] = Folder.Project;
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        start.Environment["PHASERAI_MIGRATE"] = Environment.GetEnvironmentVariable("MIGRATE_TEST_BINARY") is { Length: > 0 } binary ? binary : Path.Combine(AppContext.BaseDirectory, "phaserai-migrate");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, await output, await error);
    }

    public void Dispose() => Folder.Dispose();
}
