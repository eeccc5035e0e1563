using Npgsql;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>Through PgBouncer, where each transaction may be in another session, and no session belongs to the run.</summary>
public sealed class PoolerTests(PostgresServer server)
{
    private const string LockOfRun = "select pid from pg_locks where locktype = 'advisory' and granted and objsubid = 1 and database = (select oid from pg_database where datname = current_database())";

    [Theory]
    [InlineData("transaction", false)]
    [InlineData("transaction", true)]
    [InlineData("session", false)]
    public async Task Two_runs_at_once_apply_each_migration_once(string mode, bool otherIsDirect)
    {
        await using var pooler = await PgBouncer.StartAsync(server, mode);
        for (var round = 0; round < 3; round++)
        {
            await using var run = await TestRun.CreateAsync(server);
            run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE runs (n int); SELECT pg_sleep(0.02);");
            for (var i = 2; i <= 40; i++)
                run.Folder.Write($"20250101_0000{i:00}_b.sql", $"INSERT INTO runs VALUES ({i});");
            var pooled = run.Options with { ConnectionString = pooler.AddressOf(run.Database).ConnectionString };

            var reports = await Task.WhenAll(
                Task.Run(() => run.UpAsync(pooled)),
                Task.Run(() => run.UpAsync(otherIsDirect ? run.Options : pooled)));

            Assert.All(reports, report => Assert.True(report.Succeeded, report.Failure?.ToString()));
            Assert.Equal(40, reports.Sum(report => report.Finished.Length));
            Assert.Equal("39 39", await run.Database.AskAsync("select count(*) || ' ' || count(distinct n) from runs"));
            Assert.Equal("40", await run.Database.AskAsync("select count(*) from schema_migrations"));
            await run.Database.WaitForAsync($"select count(*) = 0 from ({LockOfRun}) l"); // the lock of a session goes when its process has ended
        }
    }

    [Fact]
    public async Task What_can_t_run_in_a_transaction_is_refused_before_anything_runs_with_the_way_out()
    {
        await using var pooler = await PgBouncer.StartAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a (n int);");
        run.Folder.Write("20250101_000002_b.sql", "CREATE INDEX CONCURRENTLY i ON a (n);");
        run.Folder.Write("20250101_000003_c.sql", "SELECT 1;\nVACUUM a;");
        run.Folder.Write("20250101_000004_d.sql", "BEGIN;\nSET LOCAL lock_timeout = 0;\nSET search_path = app;\nCOMMIT;\nBEGIN;\nSELECT 1;\nCOMMIT;");
        var cli = new CliRunner(run.Folder, run.Database) { Variables = { ["DB_PORT"] = $"{pooler.AddressOf(run.Database).Port}" } };

        var refused = await cli.RunAsync("up");

        Assert.True(refused.Code == 3, refused.ToString());
        foreach (var place in new[] { "20250101_000002_b.sql:1:1", "20250101_000003_c.sql:2:1", "20250101_000004_d.sql:3:1" })
            Assert.Contains(place, refused.Error, StringComparison.Ordinal);
        Assert.Contains($"Connect to the server itself (127.0.0.1:{run.Database.Address.Port}, as the pooler sees it)", refused.Error, StringComparison.Ordinal);
        Assert.Null(await run.Database.AskAsync("select to_regclass('a')"));
        Assert.True((await run.UpAsync()).Succeeded);
    }

    [Fact]
    public async Task Up_status_and_down_work_and_leave_nothing_to_other_clients_of_the_pool()
    {
        await using var pooler = await PgBouncer.StartAsync(server, size: 3);
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync($"ALTER DATABASE {run.Database.Address.Database} SET client_encoding = LATIN1; ALTER DATABASE {run.Database.Address.Database} SET idle_session_timeout = '1h'");
        var address = pooler.AddressOf(run.Database);
        await using var clients = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(address.ConnectionString) { Pooling = false, NoResetOnClose = true });
        const string Leave = """
            SET search_path = app;
            SET statement_timeout = '7s';
            SET ROLE pg_monitor;
            PREPARE leftover AS SELECT 1;
            DECLARE leftover CURSOR WITH HOLD FOR SELECT 1;
            LISTEN leftover;
            RESET ROLE;
            CREATE TEMP TABLE leftover ();
            """;
        run.Folder.Write("20250101_000001_a.sql", $"CREATE SCHEMA app;\n{Leave}");
        run.Folder.Write("20250101_000002_b.sql", $"-- Description: é\nBEGIN;\nCREATE TABLE b (t text);\nPREPARE x AS SELECT 1;\nCOMMIT;\nBEGIN;\nINSERT INTO b SELECT 'é' WHERE NOT EXISTS (SELECT FROM pg_prepared_statements);\n{Leave}COMMIT;\n-- DOWN\nDROP TABLE b;\n");
        var options = run.Options with { ConnectionString = address.ConnectionString };

        var up = await run.UpAsync(options);

        Assert.True(up.Succeeded, up.Failure?.ToString());
        Assert.Equal(2, (await new Migrator(options).GetStatusAsync(TestContext.Current.CancellationToken)).Count(MigrationState.Applied));
        Assert.Equal("éé", await run.Database.AskAsync("select t || description from b, schema_migrations where version = '20250101_000002'"));
        var down = await new Migrator(options).DownAsync(DownTarget.Last, TestContext.Current.CancellationToken);
        Assert.True(down.Succeeded, down.Failure?.ToString());
        Assert.Equal("20250101_000001", await run.HistoryAsync());
        await new MigrationHistory(options).ChangeAsync(HistoryTarget.NotApplied("20250101_000001"), "by hand", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Null(await run.HistoryAsync());
        // As many transactions at once as there are server connections: all of them are looked at.
        var seen = new HashSet<int>();
        var open = new List<NpgsqlConnection>();
        for (var i = 0; i < 3; i++)
        {
            open.Add(await clients.OpenConnectionAsync(TestContext.Current.CancellationToken));
            await using var look = new NpgsqlBatch(open[i])
            {
                BatchCommands =
                {
                    new("BEGIN"),
                    new("""
                        SELECT pg_backend_pid(), concat_ws(' ', current_setting('search_path'), current_setting('statement_timeout'), current_setting('idle_session_timeout'), current_user,
                          (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors WHERE name = 'leftover'), (SELECT count(*) FROM pg_listening_channels()),
                          to_regclass('pg_temp.leftover'))
                        """),
                },
            };
            await using var reader = await look.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
            seen.Add(reader.GetInt32(0));
            Assert.Equal("\"$user\", public 0 1h postgres 0 0 0", reader.GetString(1));
        }

        Assert.Equal(3, seen.Count);
        foreach (var connection in open)
            await connection.DisposeAsync();
    }

    [Fact]
    public async Task What_others_left_in_a_session_of_the_pool_does_not_reach_a_migration()
    {
        await using var pooler = await PgBouncer.StartAsync(server, size: 2);
        await using var run = await TestRun.CreateAsync(server);
        var address = pooler.AddressOf(run.Database);
        run.Folder.Write("20250101_000001_a.sql", "CREATE SCHEMA other; GRANT USAGE ON SCHEMA other TO PUBLIC;");
        Assert.True((await run.UpAsync()).Succeeded);
        await run.Database.ExecuteAsync("GRANT SELECT ON ALL TABLES IN SCHEMA public TO pg_monitor");
        run.Folder.Write("20250101_000002_b.sql", "BEGIN;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE a AS SELECT current_user AS u, current_setting('transaction_isolation') AS i, current_setting('statement_timeout') AS t;\nCOMMIT;");
        await using (var first = new NpgsqlConnection(address.ConnectionString))
        await using (var second = new NpgsqlConnection(address.ConnectionString))
        {
            foreach (var connection in new[] { first, second })
            {
                await connection.OpenAsync(TestContext.Current.CancellationToken);
                await using var leave = new NpgsqlCommand("BEGIN; SET search_path = other; SET ROLE pg_monitor; SET statement_timeout = '7s'", connection);
                await leave.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            }

            foreach (var connection in new[] { first, second })
            {
                await using var leave = new NpgsqlCommand("COMMIT", connection);
                await leave.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            }
        }

        var report = await run.UpAsync(run.Options with { ConnectionString = address.ConnectionString });

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Single(report.Finished);
        Assert.Equal("postgres serializable 0", await run.Database.AskAsync("select concat_ws(' ', u, i, t) from a"));
    }

    [Fact]
    public async Task A_run_whose_lock_is_cut_off_stops_before_the_next_migration()
    {
        await using var pooler = await PgBouncer.StartAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE SEQUENCE begun");
        for (var i = 1; i <= 9; i++)
            run.Folder.Write($"20250101_00000{i}_t.sql", $"DO $$ BEGIN PERFORM nextval('begun'); END $$;\nCREATE TABLE t{i} ();");
        var options = run.Options with { ConnectionString = pooler.AddressOf(run.Database).ConnectionString };
        run.OnEvent = happened =>
        {
            if (happened is MigrationFinished { Version: "20250101_000001" }) // the first batch is one migration
                run.Database.ExecuteAsync($"select pg_terminate_backend(pid) from ({LockOfRun}) l").GetAwaiter().GetResult();
        };

        var report = await run.UpAsync(options);

        Assert.Contains("lost the lock", report.Failure?.Message, StringComparison.Ordinal);
        Assert.Single(report.Finished);
        Assert.Equal("1", await run.Database.AskAsync("select last_value from begun"));
        Assert.Equal("1", await run.Database.AskAsync("select count(*) from pg_class where relname ~ '^t[0-9]$'"));
        Assert.Equal(8, report.Status?.Count(MigrationState.Pending));
        run.OnEvent = null;
        Assert.True((await run.UpAsync(options)).Succeeded);
    }

    [Fact]
    public async Task A_run_that_has_lost_its_lock_to_another_one_commits_nothing_more()
    {
        await using var pooler = await PgBouncer.StartAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE runs (n int);");
        run.Folder.Write("20250101_000002_b.sql", "SELECT pg_advisory_xact_lock(7);\nINSERT INTO runs VALUES (2);");
        run.Folder.Write("20250101_000003_c.sql", "INSERT INTO runs VALUES (3);");
        var options = run.Options with { ConnectionString = pooler.AddressOf(run.Database).ConnectionString, LockTimeout = TimeSpan.FromMinutes(1) };
        await using var gate = await run.Database.OpenAsync();
        await using (var close = new NpgsqlCommand("select pg_advisory_lock(7)", gate))
            await close.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var loser = Task.Run(() => run.UpAsync(options));
        await run.Database.WaitForAsync("select exists (select from pg_locks where locktype = 'advisory' and not granted)");
        await run.Database.ExecuteAsync($"select pg_terminate_backend(pid) from ({LockOfRun} and objid <> 7) l");
        var winner = Task.Run(() => new Migrator(options).UpAsync());
        await run.Database.WaitForAsync("select count(*) = 2 from pg_locks where locktype = 'advisory' and not granted and objid = 7");
        await using (var open = new NpgsqlCommand("select pg_advisory_unlock(7)", gate))
            await open.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        Assert.Contains("lost the lock", (await loser).Failure?.Message, StringComparison.Ordinal);
        Assert.True((await winner).Succeeded, (await winner).Failure?.ToString());
        Assert.Equal("2 3", await run.Database.AskAsync("select string_agg(n::text, ' ' order by n) from runs"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_commit_that_is_under_way_when_the_lock_is_lost_is_waited_for(bool otherIsDirect)
    {
        await using var pooler = await PgBouncer.StartAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", """
            CREATE TABLE runs (n int);
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON schema_migrations DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
              WHEN (NEW.version = '20250101_000002') EXECUTE FUNCTION wait();
            """);
        run.Folder.Write("20250101_000002_b.sql", "INSERT INTO runs VALUES (2);");
        run.Folder.Write("20250101_000003_c.sql", "INSERT INTO runs VALUES (3);");
        var options = run.Options with { ConnectionString = pooler.AddressOf(run.Database).ConnectionString, LockTimeout = TimeSpan.FromMinutes(1) };
        await using var gate = await run.Database.OpenAsync();
        await using (var close = new NpgsqlCommand("select pg_advisory_lock(7)", gate))
            await close.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var loser = Task.Run(() => run.UpAsync(options));
        await run.Database.WaitForAsync("select exists (select from pg_locks where locktype = 'advisory' and not granted)");
        await run.Database.ExecuteAsync($"select pg_terminate_backend(a.pid) from ({LockOfRun}) l join pg_stat_activity a using (pid) where state = 'idle in transaction'");
        var waits = new TaskCompletionSource();
        var winner = Task.Run(() => new Migrator(otherIsDirect ? run.Options : options, new Reaction(happened =>
        {
            if (happened is LockAwaited)
                waits.TrySetResult();
        })).UpAsync());
        await Task.WhenAny(waits.Task, winner).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await using (var open = new NpgsqlCommand("select pg_advisory_unlock(7)", gate))
            await open.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        Assert.Contains("lost the lock", (await loser).Failure?.Message, StringComparison.Ordinal);
        Assert.True((await winner).Succeeded, (await winner).Failure?.ToString());
        Assert.Equal("2 3", await run.Database.AskAsync("select string_agg(n::text, ' ' order by n) from runs"));
    }

    [Fact]
    public async Task A_pool_that_is_too_small_is_told_apart_from_a_lost_connection()
    {
        await using var pooler = await PgBouncer.StartAsync(server, size: 1);
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");

        var refusal = await Assert.ThrowsAsync<ConnectionFailedException>(
            () => run.UpAsync(run.Options with { ConnectionString = pooler.AddressOf(run.Database).ConnectionString }));

        Assert.Contains("two connections", refusal.Next, StringComparison.Ordinal);
        Assert.Null(await run.Database.AskAsync("select to_regclass('schema_migrations')"));
    }

    [Theory]
    [InlineData("DO $$ BEGIN RAISE NOTICE 'now'; PERFORM pg_sleep(1); END $$;\nINSERT INTO a VALUES (1);\n")]
    [InlineData("COMMIT;\nBEGIN;\nDO $$ BEGIN RAISE NOTICE 'now'; END $$;\nSELECT pg_sleep(1);\nINSERT INTO a VALUES (1);\n")]
    public async Task After_a_killed_run_the_next_one_does_everything_once(string middle)
    {
        await using var pooler = await PgBouncer.StartAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", $"BEGIN;\nCREATE TABLE a (n int);\n{middle}COMMIT;\n");
        for (var i = 2; i <= 9; i++)
            run.Folder.Write($"20250101_00000{i}_b.sql", $"INSERT INTO a VALUES ({i});");
        var cli = new CliRunner(run.Folder, run.Database) { Variables = { ["DB_PORT"] = $"{pooler.AddressOf(run.Database).Port}" } };

        using var killed = CliProcess.Start(cli, "up");
        Assert.True(await killed.ReadUntilAsync("now"));
        killed.Kill();
        var report = await run.UpAsync(run.Options with { ConnectionString = pooler.AddressOf(run.Database).ConnectionString });

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal("1 2 3 4 5 6 7 8 9", await run.Database.AskAsync("select string_agg(n::text, ' ' order by n) from a"));
        Assert.Equal("9 0", await run.Database.AskAsync("select count(*) || ' ' || (select count(*) from schema_migrations_checkpoint) from schema_migrations"));
    }

    [Fact]
    public async Task A_run_that_waits_too_long_names_the_holder_and_its_lock_holds_up_no_concurrent_index()
    {
        await using var pooler = await PgBouncer.StartAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE old (n int)");
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        var options = run.Options with { ConnectionString = pooler.AddressOf(run.Database).ConnectionString };
        LockNotAcquiredException? refusal = null;
        var holder = await new Migrator(options, new Reaction(Try)).UpAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(holder.Succeeded, holder.Failure?.ToString());
        Assert.Contains("phaserai-migrate", refusal?.Message, StringComparison.Ordinal);

        void Try(MigrationEvent happened)
        {
            if (happened is not MigrationStarted)
                return;
            run.Database.ExecuteAsync("CREATE INDEX CONCURRENTLY i ON old (n)").GetAwaiter().GetResult();
            refusal = Assert.Throws<LockNotAcquiredException>(
                () => run.UpAsync(options with { LockWait = TimeSpan.FromMilliseconds(50) }).GetAwaiter().GetResult());
        }
    }

    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_found_in_the_history()
    {
        await using var pooler = await PgBouncer.StartAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();");
        run.Folder.Write("20250101_000003_c.sql", "CREATE TABLE c ();");
        var address = pooler.AddressOf(run.Database);
        await using var proxy = new CuttingProxy(address.Host!, address.Port, cutAtCommit: 3);

        var report = await run.UpAsync(run.Options with { ConnectionString = $"{address.ConnectionString};Port={proxy.Port}" });

        Assert.True(proxy.HasCut);
        Assert.Equal(await run.HistoryAsync(), string.Join(' ', report.Finished.Select(done => done.Version)));
        Assert.True((await run.UpAsync(run.Options with { ConnectionString = address.ConnectionString })).Succeeded);
    }

    private sealed class Reaction(Action<MigrationEvent> react) : IProgress<MigrationEvent>
    {
        public void Report(MigrationEvent value) => react(value);
    }
}
