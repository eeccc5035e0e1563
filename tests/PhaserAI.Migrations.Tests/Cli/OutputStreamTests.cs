using System.Diagnostics;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>A reader that goes away, or a full disk, stops no migration and shows no stack trace.</summary>
public sealed class OutputStreamTests(PostgresServer server)
{
    [Fact]
    public async Task A_pipe_that_is_closed_early_is_no_error()
    {
        var (code, error, applied) = await UpAsync("\"$0\" up | head -n 1; exit ${PIPESTATUS[0]}");
        Assert.Equal((0, "", "300"), (code, error, applied));
    }

    [Fact]
    public async Task Output_that_can_not_be_written_is_said_and_the_migrations_are_applied_all_the_same()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "This system has no device that is always full.");
        var (code, error, applied) = await UpAsync("exec \"$0\" up >/dev/full");
        Assert.Equal((1, "300"), (code, applied));
        Assert.Equal("error: the output could not be written: No space left on device\n", error);
    }

    [Fact]
    public async Task Closed_streams_are_no_reason_to_crash()
    {
        var (_, error, applied) = await UpAsync("exec \"$0\" up >&-");
        Assert.Equal("300", applied);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);

        Assert.Equal((0, "", "300"), await UpAsync("exec \"$0\" up <&-"));
        Assert.Equal((0, "", "300"), await UpAsync("exec \"$0\" up 2>&-"));
    }

    private async Task<(int Code, string Error, string? Applied)> UpAsync(string script)
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        for (var i = 0; i < 300; i++)
            folder.Write($"20250101_{i:000000}_a_name_that_fills_the_buffer_of_the_pipe.sql", "SELECT 1;\n");

        var start = new ProcessStartInfo("bash", ["-c", script, CliProcess.Tool])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in new CliRunner(folder, database).Variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(await database.AskAsync("select to_regclass('schema_migrations')::text") is not null, $"{script} ended with {process.ExitCode} and applied nothing: {error}");
        return (process.ExitCode, error, await database.AskAsync("select count(*) from schema_migrations"));
    }
}
