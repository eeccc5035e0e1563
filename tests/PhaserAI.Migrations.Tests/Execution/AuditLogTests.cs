using Npgsql;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>What was done, and what was refused or failed, stays in the log.</summary>
public sealed class AuditLogTests(PostgresServer server)
{
    [Fact]
    public async Task What_was_done_is_logged_in_the_migrations_own_transaction()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n-- DOWN:\nDROP TABLE a;\n");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();\nVACUUM b;\n-- DOWN:\nDROP TABLE b;\nVACUUM;\n");
        var options = run.Options with
        {
            Environment = "prod",
            OperatingSystemUser = @"DOMAIN\o'hara $history$",
            GitCommit = new string('b', 40),
            Approve = (_, _) => Task.FromResult<string?>("confirmed by a test"),
        };

        Assert.True((await run.UpAsync(options)).Succeeded);
        Assert.Equal("2", await run.Database.AskAsync("select count(*) from schema_migrations m join schema_migrations_log l using (version) where l.xmin = m.xmin and l.duration_ms = m.execution_time_ms"));
        var down = await new Migrator(options).DownAsync(DownTarget.All, TestContext.Current.CancellationToken);
        Assert.True(down.Succeeded, down.Failure?.ToString());

        var entries = (await LogAsync(run)).Entries;
        Assert.Equal(["up 20250101_000001", "up 20250101_000002", "down 20250101_000002", "down 20250101_000001"], entries.Select(entry => $"{entry.Action} {entry.Version}"));
        Assert.All(entries, entry => Assert.Equal(
            ("done", @"DOMAIN\o'hara $history$", Environment.MachineName, "prod", new string('b', 40), "confirmed by a test", null),
            (entry.Outcome, entry.OperatingSystemUser, entry.Host, entry.Environment, entry.GitCommit, entry.Reason, entry.Error)));
        Assert.All(entries, entry => Assert.NotNull(entry.Duration));
    }

    [Fact]
    public async Task A_failure_is_logged_after_the_rollback_with_its_place_and_without_secrets()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\nDO $$ BEGIN RAISE EXCEPTION 'no: %', 'ALTER ROLE r PASSWORD ''hunter2'''; END $$;\n");
        var options = run.Options with { Environment = "test", OperatingSystemUser = "alice", GitCommit = new string('a', 40), Tool = "tool 1", DirectoryLabel = "m" };

        Assert.False((await run.UpAsync(options)).Succeeded);

        var entry = Assert.Single((await LogAsync(run)).Entries);
        Assert.Equal(("up", "20250101_000001", "failed", "P0001"), (entry.Action, entry.Version, entry.Outcome, entry.SqlState));
        Assert.StartsWith("m/20250101_000001_a.sql:2:7: no: ", entry.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", entry.Error, StringComparison.Ordinal);
        Assert.Equal(("alice", Environment.MachineName, "tool 1", "test", new string('a', 40)), (entry.OperatingSystemUser, entry.Host, entry.Tool, entry.Environment, entry.GitCommit));
        Assert.Equal(run.Database.Address.Username, entry.DatabaseUser);
        Assert.True(entry.Duration > TimeSpan.Zero);
        Assert.True(entry.At > DateTimeOffset.UnixEpoch);
        Assert.Null(await run.Database.AskAsync("select to_regclass('a')"));
    }

    [Fact]
    public async Task A_failure_is_logged_also_when_a_finished_step_left_another_role()
    {
        await using var role = await TestRole.CreateAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", $"BEGIN;\nSET ROLE {role.Name};\nCOMMIT;\nBEGIN;\nSELECT 1/0;\nCOMMIT;\n");

        Assert.Equal("22012", (await run.UpAsync()).Failure?.SqlState);

        Assert.Equal("22012", Assert.Single((await LogAsync(run)).Entries).SqlState);
    }

    [Fact]
    public async Task A_plan_with_problems_is_logged_but_makes_no_tables()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        run.Folder.Write("20250101_000002_b.sql", "SELECT 1;\nBEGIN;\n");

        Assert.Equal(2, Assert.Single((await run.UpAsync()).Plan.Problems).Line);
        Assert.Null(await run.Database.AskAsync("select to_regclass('schema_migrations_log')"));

        await new Migrator(run.Options).UpAsync(Planning.Planned.Version("20250101_000001"), TestContext.Current.CancellationToken);
        await run.UpAsync();
        var entry = (await LogAsync(run)).Entries[^1];
        Assert.Equal(("up", null, "refused"), (entry.Action, entry.Version, entry.Outcome));
        Assert.EndsWith("20250101_000002_b.sql:2:1: this BEGIN has no COMMIT", entry.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_confirmation_that_was_declined_or_broken_off_is_logged()
    {
        await using var run = await WithLogAsync();
        run.Folder.Write("20250101_000002_b.sql", "SELECT 2;");

        await Assert.ThrowsAsync<FormatException>(() => run.UpAsync(run.Options with { Approve = (_, _) => throw new FormatException("nobody said yes") }));
        await Assert.ThrowsAsync<OperationCanceledException>(() => run.UpAsync(run.Options with { Approve = (_, _) => throw new OperationCanceledException() }));

        var entries = (await LogAsync(run)).Entries;
        Assert.Equal(("refused", "nobody said yes"), (entries[^2].Outcome, entries[^2].Error));
        Assert.Equal("cancelled", entries[^1].Outcome);
        Assert.Equal("20250101_000001", await run.HistoryAsync());
    }

    [Fact]
    public async Task A_lock_that_another_run_holds_is_logged()
    {
        await using var run = await WithLogAsync();
        run.Folder.Write("20250101_000002_b.sql", "SELECT 2;");
        await using var holder = await run.Database.OpenAsync();
        await using var take = new NpgsqlCommand($"select pg_advisory_lock({MigrationLock.KeyOf("public")})", holder);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<LockNotAcquiredException>(() => run.UpAsync(run.Options with { LockWait = TimeSpan.Zero }));

        var entry = (await LogAsync(run)).Entries[^1];
        Assert.Equal("refused", entry.Outcome);
        Assert.Contains($"pid {holder.ProcessID}", entry.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_whose_connection_broke_is_logged_over_another_one()
    {
        await using var run = await WithLogAsync();
        run.Folder.Write("20250101_000002_b.sql", "SELECT pg_terminate_backend(pg_backend_pid());");

        Assert.True((await run.UpAsync()).Failure?.ConnectionLost);

        var entry = (await LogAsync(run)).Entries[^1];
        Assert.Equal(("20250101_000002", "failed", "57P01"), (entry.Version, entry.Outcome, entry.SqlState));
    }

    [Fact]
    public async Task A_user_who_may_not_write_the_log_gets_the_scripts_own_error()
    {
        await using var role = await TestRole.CreateAsync(server);
        await using var run = await WithLogAsync();
        await run.Database.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE, DELETE ON schema_migrations, schema_migrations_detail, schema_migrations_checkpoint TO {role.Name}; GRANT SELECT ON schema_migrations_log TO {role.Name}");
        run.Folder.Write("20250101_000002_b.sql", "SELECT 1/0;");

        var report = await run.UpAsync(run.Options with { ConnectionString = run.Database.ConnectionString + $";Username={role.Name}" });

        Assert.Equal("22012", report.Failure?.SqlState);
        Assert.DoesNotContain((await LogAsync(run)).Entries, entry => entry.Outcome == "failed");
    }

    [Theory]
    [InlineData("UPDATE schema_migrations_log SET error = 'x'")]
    [InlineData("DELETE FROM schema_migrations_log WHERE false")]
    [InlineData("TRUNCATE schema_migrations_log")]
    public async Task Rows_are_never_changed(string sql)
    {
        await using var run = await WithLogAsync();

        var refused = await Assert.ThrowsAsync<PostgresException>(() => run.Database.ExecuteAsync(sql));

        Assert.Contains("of schema_migrations_log is refused", refused.MessageText, StringComparison.Ordinal);
    }

    private async Task<TestRun> WithLogAsync()
    {
        var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "SELECT 1;");
        Assert.True((await run.UpAsync()).Succeeded);
        return run;
    }

    private static Task<HistoryLog> LogAsync(TestRun run) =>
        new MigrationHistory(run.Options).ReadLogAsync(cancellationToken: TestContext.Current.CancellationToken);
}
