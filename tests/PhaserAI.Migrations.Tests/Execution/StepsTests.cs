using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>Migrations of several steps: what is finished stays recorded, and the next run goes on after it.</summary>
public sealed class StepsTests(PostgresServer server)
{
    private const string Batches = """
        CREATE TABLE w (id int, d int);
        INSERT INTO w SELECT i FROM generate_series(1, 10) i;
        DO $$
        BEGIN
          LOOP
            UPDATE w SET d = 1 WHERE id IN (SELECT id FROM w WHERE d IS NULL LIMIT 4);
            EXIT WHEN NOT FOUND;
            COMMIT;
          END LOOP;
        END $$;
        CREATE INDEX CONCURRENTLY w_id ON w (id);
        """;

    [Fact]
    public async Task Statements_that_refuse_transactions_run_one_by_one()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_w.sql", Batches);

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal("10", await run.Database.AskAsync("select count(d) from w"));
        Assert.Equal("t", await run.Database.AskAsync("select indisvalid from pg_index where indexrelid = 'w_id'::regclass"));
        Assert.Equal("20250101_000001", await run.HistoryAsync());
        Assert.Equal("0", await run.Database.AskAsync("select count(*) from schema_migrations_checkpoint"));
    }

    [Fact]
    public async Task A_failed_step_is_resumed_after_the_finished_ones()
    {
        await using var run = await TestRun.CreateAsync(server);
        const string First = "BEGIN;\nCREATE TABLE a ();\nCOMMIT;\n";
        run.Folder.Write("20250101_000001_a.sql", First + "BEGIN;\nCREATE TABLE b ();\nSELECT 1/0;\nCOMMIT;\n");

        var failed = await run.UpAsync();

        Assert.Equal((1, 2), (failed.Failure?.FinishedSteps, failed.Failure?.StepCount));
        Assert.NotNull(await run.Database.AskAsync("select to_regclass('a')"));
        Assert.Null(await run.Database.AskAsync("select to_regclass('b')"));
        var status = Assert.Single((await run.StatusAsync()).Migrations);
        Assert.Equal((MigrationState.Partial, 1), (status.State, status.FinishedSteps));

        run.Folder.Write("20250101_000001_a.sql", First + "BEGIN;\nCREATE TABLE b ();\nCOMMIT;\n");
        var resumed = await run.UpAsync();
        Assert.True(resumed.Succeeded, resumed.Failure?.ToString());
        Assert.Equal(MigrationState.Applied, Assert.Single((await run.StatusAsync()).Migrations).State);
    }

    [Fact]
    public async Task A_finished_step_that_has_changed_since_is_refused()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "BEGIN;\nCREATE TABLE a ();\nCOMMIT;\nBEGIN;\nSELECT 1/0;\nCOMMIT;\n");
        await run.UpAsync();

        run.Folder.Write("20250101_000001_a.sql", "BEGIN;\nCREATE TABLE other ();\nCOMMIT;\nBEGIN;\nSELECT 1;\nCOMMIT;\n");
        var report = await run.UpAsync();

        Assert.Contains("step 1", Assert.Single(report.Plan.Problems).Message, StringComparison.Ordinal);
        Assert.Null(await run.Database.AskAsync("select to_regclass('other')"));
    }

    [Fact]
    public async Task A_half_applied_migration_can_be_taken_back()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "BEGIN;\nCREATE TABLE a ();\nCOMMIT;\nBEGIN;\nSELECT 1/0;\nCOMMIT;\n-- DOWN:\nDROP TABLE IF EXISTS a;\n");
        await run.UpAsync();

        var down = await run.DownAsync();

        Assert.True(down.Succeeded, down.Failure?.ToString());
        Assert.Null(await run.Database.AskAsync("select to_regclass('a')"));
        Assert.Equal(MigrationState.Pending, Assert.Single((await run.StatusAsync()).Migrations).State);
    }

    [Fact]
    public async Task A_script_that_records_itself_early_is_still_partial_until_its_last_step()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", """
            BEGIN;
            CREATE TABLE a (id int);
            INSERT INTO schema_migrations (version, applied_at, description) VALUES ('20250101_000001', NOW(), 'a') ON CONFLICT (version) DO NOTHING;
            COMMIT;
            CREATE INDEX CONCURRENTLY i ON missing (id);
            """);

        await run.UpAsync();
        Assert.Equal(MigrationState.Partial, Assert.Single((await run.StatusAsync()).Migrations).State);

        run.Folder.Write("20250101_000001_a.sql", (await File.ReadAllTextAsync(Directory.GetFiles(run.Folder.Path)[0], TestContext.Current.CancellationToken)).Replace("missing", "a", StringComparison.Ordinal));
        Assert.True((await run.UpAsync()).Succeeded);
        Assert.NotNull(await run.Database.AskAsync("select to_regclass('i')"));
    }

    [Fact]
    public async Task The_script_s_isolation_level_is_kept()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "BEGIN ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE a AS SELECT current_setting('transaction_isolation') AS level;\nCOMMIT;\n");
        run.Folder.Write("20250101_000002_b.sql", "BEGIN;\nSET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\nCREATE TABLE b AS SELECT current_setting('transaction_isolation') AS level;\nCOMMIT;\n");

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal("serializable repeatable read", await run.Database.AskAsync("select a.level || ' ' || b.level from a, b"));
    }

    [Theory]
    [InlineData("BEGIN ISOLATION LEVEL SERIALIZABLE;\n")]
    [InlineData("BEGIN;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n")]
    public async Task The_isolation_level_is_kept_where_migrations_are_sent_together(string begin)
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n");
        run.Folder.Write("20250101_000002_b.sql", $"{begin}CREATE TABLE b AS SELECT current_setting('transaction_isolation') AS level;\nCOMMIT;\n");
        run.Folder.Write("20250101_000003_c.sql", "CREATE TABLE c ();\n");

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal("serializable", await run.Database.AskAsync("select level from b"));
    }

    [Fact]
    public async Task A_migration_whose_failed_last_step_was_taken_out_is_applied_and_no_longer_partial()
    {
        await using var run = await TestRun.CreateAsync(server);
        const string Table = "CREATE TABLE t (n int);\nINSERT INTO t VALUES (1), (1);\n";
        run.Folder.Write("20250101_000001_a.sql", Table + "CREATE UNIQUE INDEX CONCURRENTLY i ON t (n);\n");
        Assert.Equal(1, (await run.UpAsync()).Failure?.FinishedSteps);
        run.Folder.Write("20250101_000001_a.sql", Table);

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal(MigrationState.Applied, Assert.Single((await run.StatusAsync()).Migrations).State);
        Assert.Empty((await run.UpAsync()).Finished);
        Assert.Equal("0", await run.Database.AskAsync("select count(*) from schema_migrations_checkpoint"));
    }
}
