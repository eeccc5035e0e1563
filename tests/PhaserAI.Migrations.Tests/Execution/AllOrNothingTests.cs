using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>A migration and its history row commit together, or leave no trace.</summary>
public sealed class AllOrNothingTests(PostgresServer server)
{
    [Fact]
    public async Task The_third_of_five_fails_and_after_the_mend_up_goes_on()
    {
        await using var run = await TestRun.CreateAsync(server);
        for (var i = 1; i <= 5; i++)
            run.Folder.Write($"20250101_00000{i}_t{i}.sql", $"BEGIN;\nCREATE TABLE t{i} (id int);\n{(i == 3 ? "CREATE TABEL broken ();\n" : "")}COMMIT;\n");

        var failed = await run.UpAsync();

        Assert.Equal(["20250101_000001", "20250101_000002"], failed.Finished.Select(finished => finished.Version));
        var failure = Assert.IsType<MigrationFailure>(failed.Failure);
        Assert.Equal(("20250101_000003", 3, 8, "42601"), (failure.Version, failure.Line, failure.Column, failure.SqlState));
        Assert.EndsWith("20250101_000003_t3.sql", failure.File, StringComparison.Ordinal);
        Assert.Equal("20250101_000001 20250101_000002", await run.HistoryAsync());
        Assert.Null(await run.Database.AskAsync("select to_regclass('t3')"));
        Assert.Equal("0", await run.Database.AskAsync("select count(*) from schema_migrations_checkpoint"));

        run.Folder.Write("20250101_000003_t3.sql", "CREATE TABLE t3 (id int);");
        var mended = await run.UpAsync();
        Assert.True(mended.Succeeded);
        Assert.Equal(["20250101_000003", "20250101_000004", "20250101_000005"], mended.Finished.Select(finished => finished.Version));
    }

    [Fact]
    public async Task The_change_and_its_history_row_are_one_transaction()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "BEGIN;\nCREATE TABLE a AS SELECT pg_current_xact_id()::text AS x;\nCOMMIT;\n");

        Assert.True((await run.UpAsync()).Succeeded);

        Assert.Equal("t", await run.Database.AskAsync("select a.x = m.xmin::text from a, schema_migrations m"));
    }

    [Fact]
    public async Task A_constraint_that_fails_at_commit_leaves_no_trace()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", """
            CREATE TABLE p (id int PRIMARY KEY);
            CREATE TABLE c (id int REFERENCES p DEFERRABLE INITIALLY DEFERRED);
            INSERT INTO c VALUES (1);
            """);

        var report = await run.UpAsync();

        Assert.Equal("23503", report.Failure?.SqlState);
        Assert.Null(await run.Database.AskAsync("select to_regclass('c')"));
        Assert.Null(await run.HistoryAsync());
    }

    [Fact]
    public async Task A_cancelled_migration_leaves_no_trace()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\nDO $$ BEGIN RAISE NOTICE 'now'; PERFORM pg_sleep(600); END $$;\n");
        using var cancellation = new CancellationTokenSource();
        run.OnEvent = happened =>
        {
            if (happened is NoticeReceived { Message: "now" })
                cancellation.Cancel();
        };

        var report = await run.UpAsync(cancellation.Token);

        Assert.True(report.Failure?.Cancelled);
        Assert.Null(await run.Database.AskAsync("select to_regclass('a')"));
        await run.Database.WaitForAsync("select count(*) = 0 from pg_stat_activity where datname = current_database() and query like '%pg_sleep(600)%' and pid <> pg_backend_pid()");
    }

    [Fact]
    public async Task A_terminated_backend_is_reported_and_the_next_run_goes_on()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();\nSELECT pg_terminate_backend(pg_backend_pid());\n");

        var report = await run.UpAsync();

        Assert.True(report.Failure?.ConnectionLost);
        Assert.Equal("20250101_000001", await run.HistoryAsync());
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();");
        Assert.True((await run.UpAsync()).Succeeded);
    }

    [Fact]
    public async Task Every_problem_of_every_pending_file_is_found_before_the_first_write()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        run.Folder.Write("20250101_000002_b.sql", "SELECT 'open;\n");
        run.Folder.Write("20250101_000003_c.sql", "BEGIN;\nCREATE INDEX CONCURRENTLY i ON a (x);\nCOMMIT;\n");

        var report = await run.UpAsync();

        Assert.Equal(2, report.Plan.Problems.Length);
        Assert.Equal((1, 8), (report.Plan.Problems[0].Line, report.Plan.Problems[0].Column));
        Assert.Equal(2, report.Plan.Problems[1].Line);
        Assert.Null(await run.Database.AskAsync("select to_regclass('schema_migrations')"));
    }

    [Fact]
    public async Task What_is_reported_is_on_disk_also_where_commits_do_not_wait()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync($"ALTER DATABASE {run.Database.Address.Database} SET synchronous_commit = off");
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE written AS SELECT pg_current_wal_insert_lsn() AS until;");

        Assert.True((await run.UpAsync()).Succeeded);

        Assert.Equal("t", await run.Database.AskAsync("select pg_current_wal_flush_lsn() >= until from written"));
    }
}
