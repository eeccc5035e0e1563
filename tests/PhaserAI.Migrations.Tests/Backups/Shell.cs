using System.Diagnostics;
using Npgsql;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

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

    /// <summary>The machine's pg_dump may be older than the server of the tests; then it refuses, and so does the tool.</summary>
    public static async Task RequireDumpAsync(PostgresServer server)
    {
        var dump = await RunAsync("for p in pg_dump /usr/lib/postgresql/*/bin/pg_dump; do command -v $p >/dev/null && $p --version; done | sed 's/.*PostgreSQL) //' | sort -rn | head -n 1");
        await using var connection = new NpgsqlConnection(server.Admin.ConnectionString);
        await connection.OpenAsync();
        var isNewEnough = int.TryParse(dump.Out.Split('.')[0], out var major) && major >= connection.PostgreSqlVersion.Major;
        if (!isNewEnough && Environment.GetEnvironmentVariable("MIGRATE_TEST_POSTGRES") is { Length: > 0 })
            Assert.Skip("The machine's pg_dump is older than the server.");
        Require.Program(isNewEnough ? "pg_dump" : null, "pg_dump that is as new as the server");
    }
}
