using Npgsql;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>A step in autocommit whose answer was lost: the catalog says whether it is done, or it runs again.</summary>
public sealed class InterruptedStepTests(PostgresServer server)
{
    [Theory]
    [InlineData("CREATE INDEX CONCURRENTLY i ON t (n)", "CREATE INDEX", true)]
    [InlineData("CREATE INDEX CONCURRENTLY ON t (n)", "CREATE INDEX", true)]
    [InlineData("DROP INDEX CONCURRENTLY public.old", "DROP INDEX", true)]
    [InlineData("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", "ALTER TABLE", true)]
    [InlineData("CREATE DATABASE {0}_x", "CREATE DATABASE", true)]
    [InlineData("DROP DATABASE IF EXISTS {0}_y", "DROP DATABASE", true)]
    [InlineData("COMMIT PREPARED '{0}'", "COMMIT PREPARED", true)]
    [InlineData("VACUUM t", "VACUUM", false)]
    [InlineData("REINDEX TABLE CONCURRENTLY t", "REINDEX", false)]
    [InlineData("REINDEX DATABASE {0}", "REINDEX", false)]
    [InlineData("DO $$ BEGIN INSERT INTO t VALUES (1); COMMIT; END $$", "DO", false)]
    public async Task What_the_server_did_is_found_done_or_run_again(string statement, string tag, bool isFoundDone)
    {
        await using var run = await TestRun.CreateAsync(server);
        var name = run.Database.Address.Database!;
        await run.Database.ExecuteAsync("""
            CREATE TABLE t (n int); CREATE INDEX old ON t (n);
            CREATE TABLE p (n int) PARTITION BY LIST (n); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
            """);
        await run.Database.ExecuteAsync($"CREATE DATABASE {name}_y");
        var canPrepare = await run.Database.AskAsync("show max_prepared_transactions") != "0";
        if (statement.Contains("PREPARED", StringComparison.Ordinal))
        {
            Assert.SkipUnless(canPrepare, "this server takes no prepared transactions");
            await run.Database.ExecuteAsync($"BEGIN; CREATE TABLE made (); PREPARE TRANSACTION '{name}'");
        }

        try
        {
            run.Folder.Write("20250101_000001_a.sql", string.Format(System.Globalization.CultureInfo.InvariantCulture, statement, name) + ";\nCREATE TABLE last ();");
            await using (var proxy = new CuttingProxy(run.Database.Address.Host!, run.Database.Address.Port, 1, tag))
            {
                var through = new NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { Host = "127.0.0.1", Port = proxy.Port };
                var lost = await run.UpAsync(run.Options with { ConnectionString = through.ConnectionString });
                Assert.True(lost.Failure?.ConnectionLost, lost.Failure?.ToString());
                Assert.True(proxy.HasCut);
            }

            var report = await run.UpAsync();

            Assert.True(report.Succeeded, report.Failure?.ToString());
            Assert.Equal(isFoundDone, run.Events.OfType<StepFoundDone>().Any());
            Assert.NotNull(await run.Database.AskAsync("select to_regclass('last')"));
        }
        finally
        {
            await server.ExecuteAsync($"DROP DATABASE IF EXISTS {name}_x");
            await server.ExecuteAsync($"DROP DATABASE IF EXISTS {name}_y");
        }
    }

    [Fact]
    public async Task A_statement_under_Transaction_none_commits_with_its_record_and_is_never_run_twice()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int)");
        run.Folder.Write("20250101_000001_a.sql", "-- Transaction: none\n-- UP:\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\n");
        await using var proxy = new CuttingProxy(run.Database.Address.Host!, run.Database.Address.Port, 2); // the first COMMIT is that of the history tables
        var through = new NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { Host = "127.0.0.1", Port = proxy.Port };

        var lost = await run.UpAsync(run.Options with { ConnectionString = through.ConnectionString });
        Assert.Equal((true, 1), (lost.Failure?.ConnectionLost, lost.Failure?.FinishedSteps));
        Assert.True((await run.UpAsync()).Succeeded);

        Assert.Equal("1 2", await run.Database.AskAsync("select string_agg(n::text, ' ' order by n) from t"));
    }

    [Fact]
    public async Task What_only_the_server_knows_can_t_run_in_a_transaction_runs_without_under_Transaction_none()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("""
            CREATE TABLE t (n int);
            CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); COMMIT; END $$;
            CREATE TABLE part (n int) PARTITION BY LIST (n); CREATE INDEX part_n ON part (n);
            CREATE PROCEDURE q() LANGUAGE plpgsql AS $$ BEGIN CALL p(); END $$;
            """);
        run.Folder.Write("20250101_000001_a.sql", "-- Transaction: none\n-- UP:\nCALL p();\nREINDEX TABLE part;\nDO $$ BEGIN CALL q(); END $$;\n");

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal("2", await run.Database.AskAsync("select count(*) from t"));
    }

    [Fact]
    public async Task Transaction_none_holds_for_the_stored_DOWN_too()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int); CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); COMMIT; END $$");
        run.Folder.Write("20250101_000001_a.sql", "-- Transaction: none\n-- UP:\nSELECT 1;\n-- DOWN:\n-- CALL p();\n");
        Assert.True((await run.UpAsync()).Succeeded);
        File.Delete(Directory.GetFiles(run.Folder.Path)[0]);

        var report = await run.DownAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal("1", await run.Database.AskAsync("select count(*) from t"));
    }

    [Fact]
    public async Task What_finished_steps_have_set_is_set_again_when_the_migration_goes_on()
    {
        await using var run = await TestRun.CreateAsync(server);
        var user = run.Database.Address.Username!;
        await run.Database.ExecuteAsync("CREATE SCHEMA s; CREATE TABLE gate ()");
        const string Script = """
            BEGIN;
            SET search_path = s, public;
            SELECT pg_catalog.set_config('my.value', 'kept', false);
            SET LOCAL my.local = 'gone';
            COMMIT;
            VACUUM gate;
            BEGIN;
            {0}
            CREATE TABLE made AS SELECT current_setting('my.value') AS value, coalesce(current_setting('my.local', true), '') AS local;
            COMMIT;
            """;
        run.Folder.Write("20250101_000001_a.sql", Script.Replace("{0}", "SELECT 1/0;", StringComparison.Ordinal));
        Assert.Equal(2, (await run.UpAsync()).Failure?.FinishedSteps);

        run.Folder.Write("20250101_000001_a.sql", Script.Replace("{0}", "", StringComparison.Ordinal));
        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal("kept", await run.Database.AskAsync("select value || local from s.made"));
        Assert.Equal($"\"{user}\", public", await run.Database.AskAsync("select replace(current_setting('search_path'), '$user', current_user)"));
    }

    [Fact]
    public async Task What_is_harmless_to_try_again_waits_for_locks_no_longer_than_a_transaction()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int)");
        run.Folder.Write("20250101_000001_a.sql", "VACUUM FULL t;");
        await using var holder = await run.Database.OpenAsync();
        await using var transaction = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var read = new NpgsqlCommand("select * from t", holder))
            await read.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var report = await run.UpAsync(run.Options with { LockTimeout = TimeSpan.FromMilliseconds(20), RetryBudget = TimeSpan.FromMilliseconds(100) });

        Assert.Equal("55P03", report.Failure?.SqlState);
    }

    [Fact]
    public async Task No_timeout_stops_the_validation_of_a_constraint()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync($"""
            CREATE TABLE t (n int); INSERT INTO t VALUES (1);
            CREATE FUNCTION seen(n int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'during: %', current_setting('statement_timeout'); RETURN true; END $$;
            ALTER DATABASE {run.Database.Address.Database} SET statement_timeout = '1h'
            """);
        run.Folder.Write("20250101_000001_a.sql", """
            ALTER TABLE t ADD CONSTRAINT c CHECK (seen(n)) NOT VALID;
            ALTER TABLE t VALIDATE CONSTRAINT c;
            """);

        Assert.True((await run.UpAsync()).Succeeded);

        Assert.Equal("during: 0", Assert.Single(run.Events.OfType<NoticeReceived>()).Message);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task A_name_that_leads_to_another_schemas_index_now_drops_nothing(bool isDropped, bool isQualified)
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("""
            CREATE SCHEMA first; CREATE SCHEMA second;
            CREATE TABLE first.t (n int); CREATE TABLE second.t (n int);
            CREATE INDEX i ON first.t (n); CREATE INDEX i ON second.t (n);
            """);
        run.Folder.Write("20250101_000001_a.sql", "SELECT 1;\nSELECT 2;");
        var options = run.Options with { ConnectionString = new NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { SearchPath = "first, second" }.ConnectionString, HistorySchema = "public" };
        Assert.True((await run.UpAsync(options)).Succeeded);
        run.Folder.Write("20250101_000002_b.sql", $"DROP INDEX CONCURRENTLY {(isQualified ? "first." : "")}i;\nCREATE TABLE first.last ();");
        await using (var proxy = new CuttingProxy(run.Database.Address.Host!, run.Database.Address.Port, 1, "DROP INDEX"))
        {
            var through = new NpgsqlConnectionStringBuilder(options.ConnectionString) { Host = "127.0.0.1", Port = proxy.Port };
            Assert.True((await run.UpAsync(options with { ConnectionString = through.ConnectionString })).Failure?.ConnectionLost);
        }

        if (!isDropped)
            await run.Database.ExecuteAsync("CREATE INDEX i ON first.t (n)"); // as if the statement had never begun
        var report = await run.UpAsync(options);

        Assert.Equal(isQualified || !isDropped, report.Succeeded);
        Assert.Equal("second.i", await run.Database.AskAsync("select to_regclass('second.i')"));
        Assert.Null(await run.Database.AskAsync("select to_regclass('first.i')"));
        if (!report.Succeeded)
            Assert.Contains("may mean an index of another schema now", report.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Statement_Timeout_of_the_header_holds_outside_of_transactions_and_not_for_CONCURRENTLY()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int); CREATE FUNCTION slow(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT pg_sleep(0.3); SELECT $1'; INSERT INTO t VALUES (1)");
        run.Folder.Write("20250101_000001_a.sql", "-- Statement-Timeout: 200ms\nCREATE INDEX CONCURRENTLY i ON t (slow(n));");
        run.Folder.Write("20250101_000002_b.sql", "-- Statement-Timeout: 200ms\nDO $$ BEGIN COMMIT; PERFORM pg_sleep(60); END $$;");

        var report = await run.UpAsync();

        Assert.Equal(["20250101_000001"], report.Finished.Select(finished => finished.Version));
        Assert.Equal("57014", report.Failure?.SqlState);
        Assert.False(report.Failure?.Cancelled);
    }
}
