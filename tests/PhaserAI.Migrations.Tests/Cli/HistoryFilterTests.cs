using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary><c>history</c> finds what somebody looks for: by version, outcome, action and time.</summary>
public sealed class HistoryFilterTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _folder.Write("20250101_000001_a.sql", "SELECT 1;\n");
        Assert.Equal(0, (await new CliRunner(_folder, _database).RunAsync("up")).Code);
        await _database.ExecuteAsync("""
            INSERT INTO schema_migrations_log (at, action, version, outcome) VALUES
              ('2026-11-01 00:00Z', 'up', 'first', 'failed'), ('2026-11-01 23:59:59Z', 'repair', 'second', 'done'),
              ('2026-11-02 00:00Z', 'repair --applied', 'third', 'done'), ('2026-11-10 12:00Z', 'down', 'fourth', 'refused');
            """);
    }

    [Theory]
    [InlineData("first", "--outcome", "failed")]
    [InlineData("second third", "--action", "repair")]
    [InlineData("third", "--action", "repair --applied")]
    [InlineData("fourth", "--outcome", "REFUSED", "--action", "down")]
    [InlineData("second third", "--since", "2026-11-01T00:00:01Z", "--until", "2026-11-02")]
    [InlineData("first second", "--since", "2026-11-01", "--until", "2026-11-01")]
    [InlineData("first", "--until", "2026-11-01 23:59:59", "--action", "up", "--since", "2026-11-01 00:00")]
    [InlineData("third", "--since", "2026-11-02T01:00+01:00", "--until", "2026-11-02 00:01")]
    [InlineData("20250101_000001", "20250101_000001")]
    [InlineData("", "20250101_000001", "--outcome", "failed")]
    [InlineData("third", "--action", "repair", "--limit", "1")]
    public async Task Each_filter_leaves_what_it_names(string expected, params string[] args)
    {
        var found = await Cli().RunAsync(["history", "-o", "json", .. args]);

        Assert.True(found.Code == 0, found.ToString());
        Assert.Equal(expected, string.Join(' ', found.Json.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("version").GetString())));
    }

    [Theory]
    [InlineData("7d", "fourth")]
    [InlineData("48h", "fourth")]
    [InlineData("2d", "fourth")]
    [InlineData("30min", "")]
    [InlineData("2w", "first second third fourth")]
    public async Task Since_counts_back_from_now(string age, string expected)
    {
        var cli = new CliRunner(_folder, _database) { TimeProvider = new Noon() };
        var found = await cli.RunAsync("history", "-o", "json", "--since", age, "--until", "2026-11-30");

        Assert.True(found.Code == 0, found.ToString());
        Assert.Equal(expected, string.Join(' ', found.Json.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("version").GetString()).Where(version => version != "20250101_000001")));
    }

    [Theory]
    [InlineData("--outcome", "fialed", "Did you mean failed?")]
    [InlineData("--action", "upp", "Did you mean up?")]
    [InlineData("--since", "yesterday", "7d")]
    [InlineData("--since", "7", "7d")]
    [InlineData("--until", "2026-13-01", "2026-11-01")]
    [InlineData("--since", "999999999d", "7d")]
    public async Task What_can_not_be_meant_is_refused_with_what_can(string option, string value, string expected)
    {
        var refused = await Cli().RunAsync("history", option, value);

        Assert.True(refused.Code == 2, refused.ToString());
        Assert.Contains(expected, refused.Error, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
    }

    private CliRunner Cli() => new(_folder, _database);

    private sealed class Noon : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 12, 12, 0, 0, TimeSpan.Zero);
    }
}
