using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>Migrations that go to the server together are still all or nothing, each for itself.</summary>
public sealed class PipelineTests(PostgresServer server)
{
    [Fact]
    public async Task What_fails_in_the_middle_of_a_batch_leaves_what_came_before_and_nothing_of_itself()
    {
        await using var run = await TestRun.CreateAsync(server);
        for (var i = 1; i <= 40; i++)
            run.Folder.Write($"20250101_0000{i:00}_t.sql", i == 21 ? "CREATE TABLE t21 ();\nCREATE TABLE t1 ();\n" : $"CREATE TABLE t{i} ();");

        var report = await run.UpAsync();

        Assert.Equal(("20250101_000021", "42P07", 2), (report.Failure?.Version, report.Failure?.SqlState, report.Failure?.Line));
        Assert.Equal(20, report.Finished.Length);
        Assert.Equal("20", await run.Database.AskAsync("select count(*) from schema_migrations"));
        Assert.Equal("20", await run.Database.AskAsync("select count(*) from pg_class where relname ~ '^t[0-9]+$'"));
    }

    [Fact]
    public async Task A_deferred_constraint_that_fails_at_COMMIT_fails_its_own_migration()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE p (id int PRIMARY KEY);");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE c (id int REFERENCES p DEFERRABLE INITIALLY DEFERRED);");
        run.Folder.Write("20250101_000003_c.sql", "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'too late'; END $$;");
        // The trigger is made deferred again behind the runner's SET CONSTRAINTS, by the history's own insert.
        run.Folder.Write("20250101_000004_d.sql", "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON schema_migrations DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.version = '20250101_000006') EXECUTE FUNCTION late();");
        run.Folder.Write("20250101_000005_e.sql", "CREATE TABLE e ();");
        run.Folder.Write("20250101_000006_f.sql", "CREATE TABLE f ();");
        run.Folder.Write("20250101_000007_g.sql", "CREATE TABLE g ();");

        var report = await run.UpAsync();

        Assert.Equal(("20250101_000006", "P0001"), (report.Failure?.Version, report.Failure?.SqlState));
        Assert.Equal(5, report.Finished.Length);
        Assert.Null(await run.Database.AskAsync("select to_regclass('f')"));
        Assert.DoesNotContain(run.Events, happened => happened is NoticeReceived);
    }

    [Fact]
    public async Task Events_are_in_order_and_a_notice_belongs_to_its_migration()
    {
        await using var run = await TestRun.CreateAsync(server);
        for (var i = 1; i <= 20; i++)
            run.Folder.Write($"20250101_0000{i:00}_t.sql", $"DO $$ BEGIN RAISE NOTICE '20250101_0000{i:00}'; END $$;");

        Assert.True((await run.UpAsync()).Succeeded);

        var events = run.Events.Where(happened => happened is MigrationStarted or NoticeReceived or MigrationFinished).ToArray();
        Assert.Equal(60, events.Length);
        for (var i = 0; i < 20; i++)
        {
            var version = Assert.IsType<MigrationStarted>(events[3 * i]).Version;
            Assert.Equal(version, Assert.IsType<NoticeReceived>(events[(3 * i) + 1]).Message);
            Assert.Equal(version, Assert.IsType<MigrationFinished>(events[(3 * i) + 2]).Version);
        }
    }

    [Fact]
    public async Task A_migration_that_loses_in_the_middle_of_a_batch_is_tried_again_and_the_run_goes_on()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE busy (id int)");
        for (var i = 1; i <= 12; i++)
            run.Folder.Write($"20250101_0000{i:00}_t.sql", i == 6 ? "ALTER TABLE busy ADD COLUMN x int;" : $"CREATE TABLE t{i} ();");
        await using var reader = await run.Database.OpenAsync();
        await using var transaction = await reader.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var read = new Npgsql.NpgsqlCommand("select * from busy", reader);
        await read.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        run.OnEvent = happened =>
        {
            if (happened is MigrationRetried)
                transaction.Rollback();
        };

        var report = await run.UpAsync(run.Options with { LockTimeout = TimeSpan.FromMilliseconds(50) });

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal(12, run.Events.OfType<MigrationStarted>().Count());
        Assert.Equal(12, run.Events.OfType<MigrationFinished>().Count());
        Assert.Equal("20250101_000006", Assert.Single(run.Events.OfType<MigrationRetried>()).Version);
    }

    [Fact]
    public async Task A_cancel_stops_within_a_batch_and_keeps_what_is_committed()
    {
        await using var run = await TestRun.CreateAsync(server);
        using var cancellation = new CancellationTokenSource();
        for (var i = 1; i <= 12; i++)
            run.Folder.Write($"20250101_0000{i:00}_t.sql", i == 6 ? "DO $$ BEGIN RAISE NOTICE 'now'; PERFORM pg_sleep(60); END $$;" : $"CREATE TABLE t{i} ();");
        run.OnEvent = happened =>
        {
            if (happened is NoticeReceived)
                cancellation.Cancel();
        };

        var report = await run.UpAsync(cancellation.Token);

        Assert.Equal(("20250101_000006", true), (report.Failure?.Version, report.Failure?.Cancelled));
        Assert.Equal(5, report.Finished.Length);
        Assert.Equal("5", await run.Database.AskAsync("select count(*) from schema_migrations"));
    }

    [Fact]
    public async Task A_script_that_gives_the_lock_away_in_a_roundabout_way_is_rolled_back()
    {
        await using var run = await TestRun.CreateAsync(server);
        var key = MigrationLock.KeyOf("public");
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();\nDO $$ BEGIN EXECUTE 'select pg_advisory_' || 'unlock_all()'; RAISE NOTICE 'gone'; END $$;\nSELECT pg_sleep(0.01);\n");
        await using var other = await run.Database.OpenAsync();
        run.OnEvent = happened =>
        {
            if (happened is not NoticeReceived)
                return;
            using var take = new Npgsql.NpgsqlCommand($"select pg_advisory_lock({key})", other);
            take.ExecuteNonQuery();
        };

        var report = await run.UpAsync();

        Assert.Equal("20250101_000002", report.Failure?.Version);
        Assert.Contains("another run has it now", report.Failure?.Message, StringComparison.Ordinal);
        Assert.Null(await run.Database.AskAsync("select to_regclass('b')"));
    }

    [Fact]
    public async Task A_history_that_swallows_the_row_fails_the_migration()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", """
            CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
            CREATE TRIGGER swallow BEFORE INSERT ON schema_migrations FOR EACH ROW WHEN (NEW.version = '20250101_000002') EXECUTE FUNCTION swallow();
            """);
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();");

        var report = await run.UpAsync();

        Assert.Contains("did not take the row", report.Failure?.Message, StringComparison.Ordinal);
        Assert.Null(await run.Database.AskAsync("select to_regclass('b')"));
    }

    [Fact]
    public async Task The_header_s_timeouts_hold_for_its_migration_alone()
    {
        await using var run = await TestRun.CreateAsync(server);
        const string Record = "INSERT INTO seen SELECT current_setting('lock_timeout'), current_setting('statement_timeout');";
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE seen (id serial, locks text, statements text);");
        run.Folder.Write("20250101_000002_b.sql", $"-- Lock-Timeout: 7s\n-- Statement-Timeout: 10min\n{Record.Replace("seen", "seen (locks, statements)", StringComparison.Ordinal)}");
        run.Folder.Write("20250101_000003_c.sql", Record.Replace("seen", "seen (locks, statements)", StringComparison.Ordinal));

        Assert.True((await run.UpAsync()).Succeeded);

        Assert.Equal("7s/10min 3s/0", await run.Database.AskAsync("select string_agg(locks || '/' || statements, ' ' order by id) from seen"));
    }

    [Fact]
    public async Task A_timeout_in_the_header_that_is_none_is_refused()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "-- Lock-Timeout: soon\nCREATE TABLE a ();");

        var report = await run.UpAsync();

        Assert.Contains("soon", Assert.Single(report.Plan.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_that_forgets_prepared_statements_unseen_is_recorded_all_the_same()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE FUNCTION forget() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DEALL' || 'OCATE ALL'; END $$;");
        for (var i = 2; i <= 12; i++)
            run.Folder.Write($"20250101_0000{i:00}_t.sql", i % 5 == 0 ? $"DO $$ BEGIN PERFORM forget(); END $$;\nCREATE TABLE t{i} ();" : $"CREATE TABLE t{i} ();");

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal("12", await run.Database.AskAsync("select count(*) from schema_migrations"));
        Assert.Equal(12, run.Events.OfType<MigrationFinished>().Count());
        Assert.Empty(run.Events.OfType<MigrationRetried>());
    }

    [Fact]
    public async Task A_prepared_statement_of_one_script_is_gone_in_the_next()
    {
        await using var run = await TestRun.CreateAsync(server);
        for (var i = 1; i <= 9; i++)
            run.Folder.Write($"20250101_0000{i:00}_t.sql", i is 4 or 6 ? "PREPARE mine AS SELECT 1;" : $"CREATE TABLE t{i} ();");

        Assert.True((await run.UpAsync()).Succeeded);
    }

    [Fact]
    public async Task A_DOWN_that_drops_the_history_among_others_is_taken_back()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE SCHEMA app;\n-- DOWN\n-- DROP SCHEMA app CASCADE;\n-- DROP TABLE schema_migrations, schema_migrations_detail, schema_migrations_checkpoint, schema_migrations_log;\n");
        for (var i = 2; i <= 9; i++)
            run.Folder.Write($"20250101_00000{i}_t.sql", $"CREATE TABLE app.t{i} ();\n-- DOWN\n-- DROP TABLE app.t{i};\n");
        Assert.True((await run.UpAsync()).Succeeded);

        var report = await run.DownAsync(DownTarget.All);

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal(9, report.Finished.Length);
        Assert.Null(await run.Database.AskAsync("select to_regnamespace('app')"));
    }
}
