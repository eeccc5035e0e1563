using Npgsql;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>Who keeps a migration waiting is named, while it waits and when it gives up.</summary>
public sealed class BlockerTests(PostgresServer server)
{
    // Long enough for a second connection on a busy machine.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("ALTER TABLE busy ADD COLUMN x int;")]
    [InlineData("BEGIN;\nSELECT 1;\nALTER TABLE busy ADD COLUMN x int;\nCOMMIT;")]
    [InlineData("VACUUM FULL busy;")]
    [InlineData("INSERT INTO busy VALUES (2) RETURNING id;")]
    [InlineData("COPY busy FROM stdin;\n2\n\\.\n")]
    public async Task The_session_in_the_way_is_told_while_a_statement_waits(string statement)
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE busy (id int)");
        run.Folder.Write("20250101_000001_a.sql", statement);
        await using var holder = await HoldAsync(run, "lock table busy /* PASSWORD 'secret' */");
        await using var transaction = holder.Transaction;
        run.OnEvent = happened =>
        {
            if (happened is StatementBlocked)
                transaction.Rollback();
        };

        var report = await run.UpAsync(run.Options with { LockTimeout = TimeSpan.FromMinutes(1) });

        Assert.True(report.Succeeded, report.Failure?.ToString());
        var waited = run.Events.OfType<StatementBlocked>().First();
        Assert.Equal("busy", waited.Relation);
        Assert.Contains("Lock", waited.Lock, StringComparison.Ordinal);
        var blocker = Assert.Single(waited.Blockers);
        Assert.Equal(
            (holder.Connection.ProcessID, run.Database.Address.Username, "the blocker", "idle in transaction", "lock table busy /* PASSWORD '***' */"),
            (blocker.ProcessId, blocker.User, blocker.Application, blocker.State, blocker.Query));
        Assert.NotNull(blocker.Since);
        Assert.Empty(run.Events.OfType<MigrationRetried>());
    }

    [Fact]
    public async Task A_run_that_gives_up_names_who_was_in_the_way_for_people_and_programs()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE busy (id int)");
        run.Folder.Write("20250101_000001_a.sql", "ALTER TABLE busy ADD COLUMN x int;");
        await using var holder = await HoldAsync(run, "lock table busy");
        var pid = holder.Connection.ProcessID;
        var cli = new CliRunner(run.Folder, run.Database) { Variables = { ["MIGRATE_LOCK_TIMEOUT"] = "5s", ["MIGRATE_RETRY_BUDGET"] = "6s" } };

        var text = await cli.RunAsync("up");
        var json = (await cli.RunAsync("up", "-o", "json")).Json;

        Assert.Equal(1, text.Code);
        Assert.Contains($"waiting: for AccessExclusiveLock on busy; in the way: pid {pid} (postgres, the blocker, from 127.0.0.1, idle in transaction since ", text.Error, StringComparison.Ordinal);
        Assert.Contains("is tried again in ", text.Error, StringComparison.Ordinal);
        Assert.Contains($"   = in the way: pid {pid} (postgres, the blocker, ", text.Error, StringComparison.Ordinal);
        Assert.Contains($"SELECT pg_terminate_backend({pid})", text.Error, StringComparison.Ordinal);
        Assert.Equal(pid, json.GetProperty("failure").GetProperty("blockers")[0].GetProperty("pid").GetInt32());
        Assert.Equal("busy", json.GetProperty("waits")[0].GetProperty("relation").GetString());
        Assert.Equal(pid, json.GetProperty("retries")[0].GetProperty("blockers")[0].GetProperty("pid").GetInt32());
    }

    [Fact]
    public async Task A_concurrent_build_that_waits_for_a_transaction_tells_whose()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE busy (id int)");
        run.Folder.Write("20250101_000001_a.sql", "CREATE INDEX CONCURRENTLY i ON busy (id);");
        await using var holder = await HoldAsync(run, "insert into busy values (1)");
        run.OnEvent = happened =>
        {
            if (happened is StatementBlocked)
                holder.Transaction.Rollback();
        };

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        var blocked = Assert.Single(run.Events.OfType<StatementBlocked>());
        Assert.Null(blocked.Relation);
        Assert.Equal(holder.Connection.ProcessID, Assert.Single(blocked.Blockers).ProcessId);
    }

    [Fact]
    public async Task A_prepared_transaction_is_told_by_its_name()
    {
        await using var run = await TestRun.CreateAsync(server);
        Assert.SkipWhen(await run.Database.AskAsync("show max_prepared_transactions") == "0", "this server takes no prepared transactions");
        var name = run.Database.Address.Database;
        await run.Database.ExecuteAsync("CREATE TABLE busy (id int)");
        await run.Database.ExecuteAsync($"BEGIN; LOCK TABLE busy; PREPARE TRANSACTION '{name}'");
        run.Folder.Write("20250101_000001_a.sql", "ALTER TABLE busy ADD COLUMN x int;");

        var report = await run.UpAsync(run.Options with { LockTimeout = Soon, RetryBudget = Soon });
        await run.Database.ExecuteAsync($"ROLLBACK PREPARED '{name}'");

        var blocker = Assert.Single(report.Failure!.Blockers);
        Assert.Equal((0, $"prepared as {name}"), (blocker.ProcessId, blocker.State));
    }

    [Fact]
    public async Task A_run_that_waits_for_nobody_makes_no_second_connection()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE seen AS SELECT count(*) AS sessions FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend';");
        run.Folder.Write("20250101_000002_b.sql", "INSERT INTO seen SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend';\nVACUUM seen;");
        run.Folder.Write("20250101_000003_c.sql", "INSERT INTO seen SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend';");

        var clock = new ManualClock(); // a busy machine would be silent for longer
        run.OnEvent = _ => clock.Advance(TimeSpan.FromMilliseconds(400));

        Assert.True((await run.UpAsync(run.Options with { TimeProvider = clock })).Succeeded);

        Assert.Equal("1", await run.Database.AskAsync("select string_agg(distinct sessions::text, ' ') from seen"));
    }

    [Fact]
    public async Task A_server_without_another_connection_to_spare_hinders_nothing()
    {
        await using var role = await TestRole.CreateAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync($"CREATE TABLE busy (id int); ALTER TABLE busy OWNER TO {role.Name}; GRANT ALL ON SCHEMA public TO {role.Name}; ALTER ROLE {role.Name} CONNECTION LIMIT 1");
        run.Folder.Write("20250101_000001_a.sql", "ALTER TABLE busy ADD COLUMN x int;");
        await using var holder = await HoldAsync(run, "lock table busy");
        run.OnEvent = happened =>
        {
            if (happened is MigrationRetried)
                holder.Transaction.Rollback();
        };
        var limited = new NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { Username = role.Name };

        var report = await run.UpAsync(run.Options with { LockTimeout = TimeSpan.FromMilliseconds(200), ConnectionString = limited.ConnectionString });

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Empty(run.Events.OfType<StatementBlocked>());
        Assert.Empty(run.Events.OfType<MigrationRetried>().First().Blockers);
    }

    private static async Task<Holder> HoldAsync(TestRun run, string sql)
    {
        var address = new NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { ApplicationName = "the blocker" };
        var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return new Holder(connection, transaction);
    }

    private sealed record Holder(NpgsqlConnection Connection, NpgsqlTransaction Transaction) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Connection.DisposeAsync();
    }
}
