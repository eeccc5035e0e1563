using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>The log is read on any server, and what is older than it is shown all the same.</summary>
public sealed class ReadLogTests(PostgresServer server)
{
    private const string Adopted = """
        CREATE TABLE schema_migrations (version VARCHAR(50) PRIMARY KEY, applied_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(), checksum VARCHAR(64), execution_time_ms INTEGER, description TEXT);
        INSERT INTO schema_migrations VALUES ('20250101_000001', '2025-01-01 00:00Z', NULL, 7, 'one'), ('20250101_000002', 'infinity', NULL, NULL, 'two');
        """;

    [Fact]
    public async Task An_empty_database_has_an_empty_history()
    {
        await using var run = await TestRun.CreateAsync(server);

        var log = await LogAsync(run.Options);

        Assert.Equal((false, 0), (log.IsKept, log.Entries.Length));
    }

    [Fact]
    public async Task Without_a_log_it_is_what_schema_migrations_knows()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync(Adopted);

        var log = await LogAsync(run.Options);

        Assert.False(log.IsKept);
        Assert.Equal([("20250101_000002", null), ("20250101_000001", 7.0)], log.Entries.Select(entry => (entry.Version, entry.Duration?.TotalMilliseconds)));
        Assert.All(log.Entries, entry => Assert.Equal(("up", "done", false), (entry.Action, entry.Outcome, entry.IsLogged)));
    }

    [Fact]
    public async Task What_is_older_than_the_log_comes_before_it()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync(Adopted);
        run.Folder.Write("20250101_000001_a.sql", "SELECT 1;");
        run.Folder.Write("20250101_000002_b.sql", "SELECT 2;");
        run.Folder.Write("20250101_000003_c.sql", "SELECT 3;");
        await run.UpAsync();

        var log = await LogAsync(run.Options);

        Assert.True(log.IsKept);
        Assert.Equal(["20250101_000002", "20250101_000001", "20250101_000003"], log.Entries.Select(entry => entry.Version));
        Assert.Equal([false, false, true], log.Entries.Select(entry => entry.IsLogged));
        Assert.Equal("20250101_000003", Assert.Single((await LogAsync(run.Options, limit: 1)).Entries).Version);
        Assert.Equal("20250101_000001", Assert.Single((await LogAsync(run.Options, "20250101_000001")).Entries).Version);
    }

    [Fact]
    public async Task A_read_only_session_and_a_user_who_only_reads_can_read_it()
    {
        await using var role = await TestRole.CreateAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "SELECT 1/0;");
        await run.UpAsync();
        var options = run.Options with { ConnectionString = run.Database.ConnectionString + $";Username={role.Name};Options=-c default_transaction_read_only=on" };

        var refused = await Assert.ThrowsAsync<HistoryUnusableException>(() => LogAsync(options));
        Assert.Contains("\"schema_migrations_log\"".Trim('"'), refused.Next, StringComparison.Ordinal);

        await run.Database.ExecuteAsync($"GRANT SELECT ON schema_migrations, schema_migrations_detail, schema_migrations_log TO {role.Name}");
        Assert.Single((await LogAsync(options)).Entries);
    }

    private static Task<HistoryLog> LogAsync(MigrationOptions options, string? version = null, int? limit = null) =>
        new MigrationHistory(options).ReadLogAsync(new LogFilter { Version = version, Limit = limit }, TestContext.Current.CancellationToken);
}
