using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary><c>reset-history</c> makes the history say what the files say; only where nobody misses the data.</summary>
public sealed class ResetHistoryTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n");
        _folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();\n");
        Assert.Equal(0, (await Cli().RunAsync("up")).Code);
    }

    [Fact]
    public async Task Every_file_is_applied_as_it_is_and_nothing_else_is()
    {
        var applied = await _database!.AskAsync("select applied_at from schema_migrations where version = '20250101_000002'");
        _folder.Write("20250101_000001_a.sql", "CREATE TABLE a (id int);\n");
        _folder.Write("20250101_000003_c.sql", "SELECT 1/0;\n");
        await _database.ExecuteAsync("INSERT INTO schema_migrations (version) VALUES ('20240101_000000')");

        var dry = await Cli().RunAsync("reset-history", "--dry-run");
        Assert.True(dry.Code == 0, dry.ToString());
        Assert.Contains("Would record in the history of ", dry.Out, StringComparison.Ordinal);
        Assert.Contains("\n  removed  20240101_000000 (file missing)\n  applied  20250101_000001_a.sql\n  applied  20250101_000003_c.sql\n", dry.Out, StringComparison.Ordinal);
        Assert.Contains("+CREATE TABLE a (id int);", dry.Out, StringComparison.Ordinal);
        Assert.Equal("3", await _database.AskAsync("select count(*) from schema_migrations"));

        var reset = await Cli().RunAsync("reset-history", "--yes", "--reason", "branches were merged", "-o", "json");
        Assert.True(reset.Code == 0, reset.ToString());
        Assert.Equal("reset-history", reset.Json.GetProperty("action").GetString());
        Assert.Equal([true, false, false], reset.Json.GetProperty("migrations").EnumerateArray().Select(change => change.GetProperty("removed").GetBoolean()));

        Assert.Equal("20250101_000001 20250101_000002 20250101_000003", await _database.AskAsync("select string_agg(version, ' ' order by version) from schema_migrations"));
        Assert.Equal(applied, await _database.AskAsync("select applied_at from schema_migrations where version = '20250101_000002'"));
        Assert.Equal(0, (await Cli("test").RunAsync("validate")).Code);
        Assert.Equal(
            "2 up done, 3 reset-history done",
            await _database.AskAsync("select string_agg(c || ' ' || action || ' ' || outcome, ', ' order by c) from (select count(*) c, action, outcome from schema_migrations_log group by action, outcome) l"));
        Assert.Equal("branches were merged (confirmed by --yes)", await _database.AskAsync("select max(reason) from schema_migrations_log"));
    }

    [Fact]
    public async Task The_guides_own_reset_leaves_nothing_that_is_not_healed()
    {
        await _database!.ExecuteAsync("""
            DROP TABLE IF EXISTS schema_migrations;
            CREATE TABLE schema_migrations (version VARCHAR(50) PRIMARY KEY, applied_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(), checksum VARCHAR(64), execution_time_ms INTEGER, description TEXT);
            INSERT INTO schema_migrations (version, description) VALUES ('20250101_000001', 'Initial schema');
            """);

        var reset = await Cli().RunAsync("reset-history", "--yes");

        Assert.True(reset.Code == 0, reset.ToString());
        Assert.Equal("2", await _database.AskAsync("select count(*) from schema_migrations where checksum ~ '^[0-9a-f]{64}$'"));
        Assert.Contains("2 applied, 0 pending", (await Cli().RunAsync("status")).Out, StringComparison.Ordinal);
        var again = await Cli().RunAsync("reset-history");
        Assert.True(again.Code == 0, again.ToString());
        Assert.Contains("Nothing to do: it says of every file", again.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_asks()
    {
        _folder.Write("20250101_000003_c.sql", "SELECT 1;\n");

        var unasked = await Cli().RunAsync("reset-history");
        Assert.True(unasked.Code == 6, unasked.ToString());
        var asked = await new CliRunner(_folder, _database) { Answers = _database!.Address.Database + "\n" }.RunAsync("reset-history");

        Assert.True(asked.Code == 0, asked.ToString());
        Assert.Contains("This records in the history of ", asked.Error, StringComparison.Ordinal);
        Assert.Contains("  applied  20250101_000003_c.sql", asked.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("staging")]
    [InlineData("prod")]
    public async Task Where_data_matter_it_is_refused_and_the_log_says_so(string environment)
    {
        foreach (string[] args in (string[][])[["reset-history", "--yes"], ["reset-history", "--dry-run"]])
        {
            var refused = await Cli(environment).RunAsync(args);
            Assert.True(refused.Code == 6, refused.ToString());
            Assert.Contains("baseline VERSION", refused.Error, StringComparison.Ordinal);
        }

        Assert.Equal($"reset-history refused {environment}", await _database!.AskAsync("select action || ' ' || outcome || ' ' || environment from schema_migrations_log where action = 'reset-history'"));
    }

    [Fact]
    public async Task A_half_done_migration_counts_as_applied_afterwards()
    {
        _folder.Write("20250101_000003_c.sql", "BEGIN;\nCREATE TABLE c ();\nCOMMIT;\nBEGIN;\nSELECT 1/0;\nCOMMIT;\n");
        Assert.Equal(1, (await Cli().RunAsync("up")).Code);

        Assert.Equal(0, (await Cli().RunAsync("reset-history", "--yes")).Code);

        Assert.Equal("0", await _database!.AskAsync("select count(*) from schema_migrations_checkpoint"));
        Assert.Contains("3 applied, 0 pending", (await Cli().RunAsync("status")).Out, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
    }

    private CliRunner Cli(string environment = "dev") => new(_folder, _database) { Variables = { ["ENVIRONMENT"] = environment } };
}
