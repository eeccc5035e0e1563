using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>An index that CREATE INDEX CONCURRENTLY left INVALID is never taken for a built one.</summary>
public sealed class ConcurrentIndexTests(PostgresServer server)
{
    [Theory]
    [InlineData("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"Odd name\" ON s.\"T\" (n);")]
    [InlineData("create unique index concurrently \"Odd name\" on only s.\"T\" using btree (n);")]
    public async Task What_a_failed_build_left_is_dropped_and_built_again(string create)
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE SCHEMA s; CREATE TABLE s.\"T\" (n int); INSERT INTO s.\"T\" VALUES (1), (1)");
        run.Folder.Write("20250101_000001_a.sql", create);

        var failed = await run.UpAsync();
        Assert.Equal("23505", failed.Failure?.SqlState);
        Assert.Equal("f", await run.Database.AskAsync("select indisvalid from pg_index where indexrelid = 's.\"Odd name\"'::regclass"));

        await run.Database.ExecuteAsync("DELETE FROM s.\"T\"");
        var healed = await run.UpAsync();

        Assert.True(healed.Succeeded, healed.Failure?.ToString());
        Assert.Equal("s.\"Odd name\"", Assert.Single(run.Events.OfType<InvalidIndexDropped>()).Name);
        Assert.Equal("t", await run.Database.AskAsync("select indisvalid from pg_index where indexrelid = 's.\"Odd name\"'::regclass"));
    }

    [Theory]
    [InlineData("CREATE UNIQUE INDEX IF NOT EXISTS i ON s.t (n);\n", 1, "\"s\".\"i\"")]
    [InlineData("SET search_path = s;\nCREATE INDEX IF NOT EXISTS i ON t (n);\nSELECT 1;\n", 2, "\"i\"")]
    [InlineData("-- Transaction: none\nCREATE INDEX IF NOT EXISTS i ON ONLY s.t (n);\n", 2, "\"s\".\"i\"")]
    public async Task What_a_failed_build_left_is_not_called_built_by_an_ordinary_statement_either(string create, int line, string index)
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE SCHEMA s; CREATE TABLE s.t (n int); INSERT INTO s.t VALUES (1), (1)");
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => run.Database.ExecuteAsync("CREATE UNIQUE INDEX CONCURRENTLY i ON s.t (n)"));
        run.Folder.Write("20250101_000001_a.sql", create);

        var failure = (await run.UpAsync()).Failure;

        Assert.NotNull(failure);
        Assert.Equal((line, null, false), (failure.Line, failure.SqlState, failure.ConnectionLost));
        Assert.Contains("INVALID", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"DROP INDEX CONCURRENTLY {index};", failure.Hint, StringComparison.Ordinal);
        Assert.Null(await run.HistoryAsync());

        await run.Database.ExecuteAsync("DROP INDEX s.i; TRUNCATE s.t");
        Assert.True((await run.UpAsync()).Succeeded);
        Assert.Equal("t", await run.Database.AskAsync("select indisvalid from pg_index where indexrelid = 's.i'::regclass"));
    }

    [Fact]
    public async Task An_index_of_a_partitioned_table_may_wait_for_those_of_its_partitions()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int) PARTITION BY LIST (n); CREATE TABLE p PARTITION OF t DEFAULT");
        run.Folder.Write("20250101_000001_a.sql", "CREATE INDEX IF NOT EXISTS i ON ONLY t (n);\n");

        Assert.True((await run.UpAsync()).Succeeded);
    }

    [Fact]
    public async Task A_build_that_the_server_finished_after_its_runner_was_killed_is_not_run_again()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int); INSERT INTO t SELECT generate_series(1, 100000)");
        run.Folder.Write("20250101_000001_a.sql", "CREATE INDEX CONCURRENTLY i ON t (n);\n-- DOWN:\n-- DROP INDEX CONCURRENTLY i;\n");
        await using var writer = await OpenWriter.BeginAsync(run.Database);

        // The build waits for the writer; its runner is killed meanwhile.
        using var cli = CliProcess.Start(run.Folder, run.Database, "up");
        await run.Database.WaitForAsync("select count(*) > 0 from pg_stat_progress_create_index where datname = current_database() and phase like 'waiting for writers%'");
        cli.Kill();
        await writer.CommitAsync();
        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Single(run.Events.OfType<StepFoundDone>());
        Assert.Equal("20250101_000001", await run.HistoryAsync());
        Assert.Equal("t", await run.Database.AskAsync("select indisvalid from pg_index where indexrelid = 'i'::regclass"));
        Assert.Equal("0", await run.Database.AskAsync("select count(*) from schema_migrations_checkpoint"));
    }

    [Fact]
    public async Task A_drop_that_was_begun_and_is_done_is_not_run_again()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int)");
        run.Folder.Write("20250101_000001_a.sql", "CREATE INDEX CONCURRENTLY i ON t (n);\n-- DOWN:\n-- DROP INDEX CONCURRENTLY public.i;\n");
        await run.UpAsync();
        await using (var holder = await run.Database.OpenAsync())
        {
            await using var transaction = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using (var read = new Npgsql.NpgsqlCommand("select * from t", holder))
                await read.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            using var cli = CliProcess.Start(run.Folder, run.Database, "down");
            await run.Database.WaitForAsync("select count(*) > 0 from pg_stat_activity where datname = current_database() and query ilike 'drop index%' and wait_event_type = 'Lock'");
            cli.Kill();
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
        }

        var report = await run.DownAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Null(await run.HistoryAsync());
        Assert.Null(await run.Database.AskAsync("select to_regclass('i')"));
    }

    [Fact]
    public async Task A_leftover_that_can_t_be_dropped_is_told_as_what_it_is()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (1)");
        run.Folder.Write("20250101_000001_a.sql", "\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (n);");
        await run.UpAsync();
        await run.Database.ExecuteAsync("""
            CREATE FUNCTION keep() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'kept'; END $$;
            CREATE EVENT TRIGGER keep ON ddl_command_start WHEN TAG IN ('DROP INDEX') EXECUTE FUNCTION keep();
            """);

        var report = await run.UpAsync();

        Assert.Equal(("kept", 2, false), (report.Failure?.Message, report.Failure?.Line, report.Failure?.ConnectionLost));
    }

    [Fact]
    public async Task A_valid_index_is_left_alone()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int); CREATE INDEX i ON t (n)");
        var before = await run.Database.AskAsync("select 'i'::regclass::oid");
        run.Folder.Write("20250101_000001_a.sql", "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (n);");

        Assert.True((await run.UpAsync()).Succeeded);
        Assert.Equal(before, await run.Database.AskAsync("select 'i'::regclass::oid"));
    }

    [Fact]
    public async Task An_index_of_that_name_on_another_table_is_no_success()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int); CREATE TABLE other (n int); CREATE INDEX i ON other (n)");
        run.Folder.Write("20250101_000001_a.sql", "\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (n);");

        var report = await run.UpAsync();

        Assert.Contains("public.i exists, but is no index on t", report.Failure?.Message, StringComparison.Ordinal);
        Assert.Equal(2, report.Failure?.Line);
        Assert.Null(await run.HistoryAsync());
    }

    [Fact]
    public async Task The_server_s_timeouts_do_not_reach_a_concurrent_build_but_the_script_s_next_statements()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync($"CREATE TABLE t (n int); ALTER DATABASE {run.Database.Address.Database} SET statement_timeout = '1h'");
        run.Folder.Write("20250101_000001_a.sql", """
            SET statement_timeout = '2h';
            CREATE FUNCTION seen(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'during: %', current_setting('statement_timeout'); RETURN n; END $$;
            INSERT INTO t VALUES (1);
            CREATE INDEX CONCURRENTLY i ON t (seen(n));
            DO $$ BEGIN RAISE NOTICE 'after: %', current_setting('statement_timeout'); END $$;
            """);

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        var notices = run.Events.OfType<NoticeReceived>().Select(notice => notice.Message).ToArray();
        Assert.Contains("during: 0", notices);
        Assert.Contains("after: 2h", notices);
    }
}
