using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>A disk that is full fails a migration as any other error does, and the run goes on when there is room.</summary>
public sealed class FullDiskTests(PostgresServer server)
{
    [Fact]
    public async Task A_full_disk_leaves_no_trace_of_the_migration_and_the_next_run_goes_on()
    {
        await using var disk = await SmallDisk.CreateAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", $"CREATE TABLE a (text text) TABLESPACE {disk.Tablespace};");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();\nINSERT INTO a SELECT repeat('x', 1000) FROM generate_series(1, 20000);\n");
        run.Folder.Write("20250101_000003_c.sql", "CREATE TABLE c ();");

        var report = await run.UpAsync();

        Assert.Equal(("20250101_000002", "53100", 2), (report.Failure?.Version, report.Failure?.SqlState, report.Failure?.Line));
        Assert.Equal("20250101_000001", await run.HistoryAsync());
        Assert.Null(await run.Database.AskAsync("select to_regclass('b')"));

        await disk.GrowAsync();
        Assert.True((await run.UpAsync()).Succeeded);
        Assert.Equal("20000", await run.Database.AskAsync("select count(*) from a"));
    }
}
