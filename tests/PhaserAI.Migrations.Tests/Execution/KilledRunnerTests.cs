using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>A runner that dies leaves a database that the next run goes on with, without any flag to be forced.</summary>
public sealed class KilledRunnerTests(PostgresServer server)
{
    [Theory]
    [InlineData("DO $$ BEGIN RAISE NOTICE 'now'; PERFORM pg_sleep(1); END $$;\nINSERT INTO a VALUES (1);\n")]
    [InlineData("DO $$ BEGIN RAISE NOTICE 'now'; END $$;\nSELECT pg_sleep(1);\nINSERT INTO a VALUES (1);\n")]
    [InlineData("COMMIT;\nDO $$ BEGIN RAISE NOTICE 'now'; PERFORM pg_sleep(1); COMMIT; END $$;\nBEGIN;\nINSERT INTO a VALUES (1);\n")]
    public async Task Killed_in_the_middle_the_next_run_waits_for_the_orphan_and_everything_is_done_once(string middle)
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", $"BEGIN;\nCREATE TABLE a (n int);\n{middle}COMMIT;\n");
        run.Folder.Write("20250101_000002_b.sql", "INSERT INTO a VALUES (2);");

        using var cli = CliProcess.Start(run.Folder, run.Database, "up");
        Assert.True(await cli.ReadUntilAsync("now"));
        cli.Kill();
        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal("1 2", await run.Database.AskAsync("select string_agg(n::text, ' ' order by n) from a"));
        Assert.Equal("20250101_000001 20250101_000002", await run.HistoryAsync());
        Assert.Equal("0", await run.Database.AskAsync("select count(*) from schema_migrations_checkpoint"));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_cancels_the_statement_rolls_back_and_exits_with_130(string signal)
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();\nDO $$ BEGIN RAISE NOTICE 'now'; PERFORM pg_sleep(600); END $$;\n");

        using var cli = CliProcess.Start(run.Folder, run.Database, "up");
        Assert.True(await cli.ReadUntilAsync("now"));
        await cli.SignalAsync(signal);
        var result = await cli.WaitAsync();

        Assert.True(result.Code == 130, result.ToString());
        Assert.Equal("20250101_000001", await run.HistoryAsync());
        Assert.Null(await run.Database.AskAsync("select to_regclass('b')"));
    }
}
