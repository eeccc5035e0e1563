using System.Text.Json;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary><c>history</c> shows what was done to the database, by whom, and how it ended.</summary>
public sealed class HistoryCommandTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    public async ValueTask InitializeAsync() => _database = await server.CreateDatabaseAsync();

    [Fact]
    public async Task A_failure_is_shown_with_who_where_and_why()
    {
        _folder.Write("20250101_000000_a.sql", "SELECT nope;\n");
        Directory.CreateDirectory(Path.Combine(_folder.Project, ".git"));
        await File.WriteAllTextAsync(Path.Combine(_folder.Project, ".git", "HEAD"), "0123456789abcdef0123456789abcdef01234567\n", TestContext.Current.CancellationToken);
        Assert.Equal(1, (await Cli().RunAsync("up", "--environment", "test")).Code);

        var text = await Cli().RunAsync("history");
        Assert.True(text.Code == 0, text.ToString());
        Assert.Contains("up                    20250101_000000  failed", text.Out, StringComparison.Ordinal);
        Assert.Contains($"postgres ({Environment.UserName}@{Environment.MachineName}, test, 0123456)", text.Out, StringComparison.Ordinal);
        Assert.Contains("\n      infra/migrations/20250101_000000_a.sql:1:8: column \"nope\" does not exist [42703]\n", text.Out, StringComparison.Ordinal);

        var json = (await Cli().RunAsync("history", "-o", "json")).Json;
        Assert.True(json.GetProperty("kept").GetBoolean());
        var entry = Assert.Single(json.GetProperty("entries").EnumerateArray());
        Assert.Equal(
            ["at", "action", "version", "outcome", "durationMs", "databaseUser", "osUser", "host", "tool", "environment", "gitCommit", "sqlState", "error", "reason", "backup", "logged"],
            entry.EnumerateObject().Select(field => field.Name));
        Assert.Equal("0123456789abcdef0123456789abcdef01234567", entry.GetProperty("gitCommit").GetString());
        Assert.StartsWith("phaserai-migrate ", entry.GetProperty("tool").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, entry.GetProperty("reason").ValueKind);
    }

    [Fact]
    public async Task Without_a_log_it_says_so()
    {
        var empty = await Cli().RunAsync("history");
        Assert.True(empty.Code == 0, empty.ToString());
        Assert.Contains("There is nothing in it.", empty.Error, StringComparison.Ordinal);

        await _database!.ExecuteAsync("CREATE TABLE schema_migrations (version VARCHAR(50) PRIMARY KEY, applied_at TIMESTAMPTZ DEFAULT NOW(), checksum VARCHAR(64), execution_time_ms INTEGER, description TEXT); INSERT INTO schema_migrations (version) VALUES ('20250101_000000')");
        var adopted = await Cli().RunAsync("history");
        Assert.Contains("20250101_000000  done", adopted.Out, StringComparison.Ordinal);
        Assert.Contains("There is no log yet", adopted.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Escape_sequences_in_the_log_stay_off_the_terminal()
    {
        _folder.Write("20250101_000000_a.sql", "DO $$ BEGIN RAISE EXCEPTION E'\\x1b[2Jgone'; END $$;\n");
        await Cli().RunAsync("up");

        Assert.DoesNotContain('\e', (await Cli().RunAsync("history")).Out);
    }

    [Fact]
    public async Task A_limit_that_shows_nothing_is_refused()
    {
        var refused = await Cli().RunAsync("history", "--limit", "0");
        Assert.True(refused.Code == 2, refused.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
    }

    private CliRunner Cli() => new(_folder, _database);
}
