using System.Diagnostics;
using Npgsql;
using PhaserAI.Migrations.Tests.Cli;

namespace PhaserAI.Migrations.Tests.Backups;

/// <summary>Commands as a person types them into bash.</summary>
internal static class Shell
{
    /// <summary>Runs a line; PGHOST and the like of a database are set, so that <c>psql</c> finds it.</summary>
    public static async Task<CliResult> RunAsync(string line, NpgsqlConnectionStringBuilder? database = null)
    {
        var start = new ProcessStartInfo("bash", ["-c", line])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["PSQLRC"] = "/dev/null";
        if (database is not null)
        {
            (start.Environment["PGHOST"], start.Environment["PGPORT"], start.Environment["PGUSER"]) = (database.Host, $"{database.Port}", database.Username);
            (start.Environment["PGDATABASE"], start.Environment["PGPASSWORD"]) = (database.Database, database.Password ?? "");
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, await output, await error);
    }
}
