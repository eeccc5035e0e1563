using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>Two runners never run at once, and busy tables are waited for briefly, again and again.</summary>
public sealed class LockTests(PostgresServer server)
{
    [Fact]
    public async Task Two_runs_at_the_same_moment_apply_each_migration_once_twenty_times_over()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var run = await TestRun.CreateAsync(server);
            run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a (); CREATE TABLE runs (n int); SELECT pg_sleep(0.02);");
            run.Folder.Write("20250101_000002_b.sql", "INSERT INTO runs VALUES (2);");
            run.Folder.Write("20250101_000003_c.sql", "CREATE INDEX CONCURRENTLY i ON runs (n);");
            run.Folder.Write("20250101_000004_d.sql", "INSERT INTO runs VALUES (4);");

            var reports = await Task.WhenAll(Task.Run(() => run.UpAsync()), Task.Run(() => run.UpAsync()));

            Assert.All(reports, report => Assert.True(report.Succeeded, report.Failure?.ToString()));
            Assert.Equal(4, reports.Sum(report => report.Finished.Length));
            Assert.Equal("2 4", await run.Database.AskAsync("select string_agg(n::text, ' ' order by n) from runs"));
        }
    }

    [Fact]
    public async Task A_run_that_waits_too_long_names_the_holder_and_changes_nothing()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        await using var holder = await run.Database.OpenAsync();
        await using var take = new Npgsql.NpgsqlCommand($"set application_name = 'the other one'; select pg_advisory_lock({MigrationLock.KeyOf("public")})", holder);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var refusal = await Assert.ThrowsAsync<LockNotAcquiredException>(() => run.UpAsync(run.Options with { LockWait = TimeSpan.FromMilliseconds(100) }));

        Assert.Equal(holder.ProcessID, refusal.Holder?.ProcessId);
        Assert.Contains("the other one", refusal.Message, StringComparison.Ordinal);
        Assert.IsType<LockAwaited>(Assert.Single(run.Events));
        Assert.Null(await run.Database.AskAsync("select to_regclass('schema_migrations')"));
    }

    [Fact]
    public async Task Status_and_plan_work_while_another_run_holds_the_lock()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        await using var holder = await run.Database.OpenAsync();
        await using var take = new Npgsql.NpgsqlCommand($"select pg_advisory_lock({MigrationLock.KeyOf("public")})", holder);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, (await run.StatusAsync()).Count(MigrationState.Pending));
        Assert.Single((await new Migrator(run.Options).PlanUpAsync(cancellationToken: TestContext.Current.CancellationToken)).Migrations);
    }

    [Theory]
    [InlineData("CREATE TABLE before ();\nALTER TABLE busy ADD COLUMN x int;\n")]
    [InlineData("PREPARE p AS INSERT INTO busy VALUES (1);\nALTER TABLE busy ADD COLUMN x int;\nEXECUTE p;\n")] // which a rollback does not forget
    public async Task A_locked_table_is_tried_again_until_it_is_free(string script)
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE busy (id int)");
        run.Folder.Write("20250101_000001_a.sql", script);
        await using var reader = await run.Database.OpenAsync();
        await using var transaction = await reader.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var read = new Npgsql.NpgsqlCommand("select * from busy", reader);
        await read.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        run.OnEvent = happened =>
        {
            if (happened is MigrationRetried { SqlState: "55P03" })
                transaction.Rollback();
        };

        var report = await run.UpAsync(run.Options with { LockTimeout = TimeSpan.FromMilliseconds(50) });

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Contains(run.Events, happened => happened is MigrationRetried);
        Assert.Equal("1", await run.Database.AskAsync("select count(*) from pg_attribute where attrelid = 'busy'::regclass and attname = 'x'"));
    }

    [Fact]
    public async Task A_table_that_stays_locked_fails_the_migration_and_leaves_no_trace()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE busy (id int)");
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE before ();\nALTER TABLE busy ADD COLUMN x int;\n");
        await using var reader = await run.Database.OpenAsync();
        await using var transaction = await reader.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var read = new Npgsql.NpgsqlCommand("select * from busy", reader);
        await read.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var report = await run.UpAsync(run.Options with { LockTimeout = TimeSpan.FromMilliseconds(20), RetryBudget = TimeSpan.FromMilliseconds(100) });

        Assert.Equal(("55P03", 2), (report.Failure?.SqlState, report.Failure?.Line));
        Assert.Null(await run.Database.AskAsync("select to_regclass('before')"));
    }

    [Fact]
    public async Task A_history_that_moves_before_the_lock_is_held_is_locked_where_it_is()
    {
        await using var run = await TestRun.CreateAsync(server);
        var user = run.Database.Address.Username!;
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        Assert.True((await run.UpAsync()).Succeeded);
        run.Folder.Write("20250101_000002_b.sql", $"""
            CREATE TABLE seen AS SELECT count(*) AS locks FROM pg_locks
             WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND (classid::bigint << 32) | objid::bigint = {MigrationLock.KeyOf(user)};
            """);
        var move = run.Options with
        {
            Approve = async (_, _) =>
            {
                await run.Database.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {user}; ALTER TABLE schema_migrations SET SCHEMA {user}");
                return null;
            },
        };

        Assert.True((await run.UpAsync(move)).Succeeded);

        Assert.Equal("1", await run.Database.AskAsync("select locks from seen"));
    }
}
