using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary><c>baseline</c> records migrations that a database has already, and runs none of them.</summary>
public sealed class BaselineTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _folder.Write("20250101_000001_a.sql", "-- Description: Makes a\nCREATE TABLE a ();\n-- DOWN:\n-- DROP TABLE a;\n");
        _folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();\n");
        _folder.Write("20250101_000003_c.sql", "CREATE TABLE c ();\n");
        await _database.ExecuteAsync("CREATE TABLE a (); CREATE TABLE b ()");
    }

    [Fact]
    public async Task What_the_database_has_is_recorded_and_up_goes_on_after_it()
    {
        var dry = await Cli().RunAsync("baseline", "20250101_000002", "--dry-run");
        Assert.True(dry.Code == 0, dry.ToString());
        Assert.Contains("Would record 2 migrations as applied", dry.Out, StringComparison.Ordinal);
        Assert.Contains("\n  20250101_000001_a.sql\n  20250101_000002_b.sql\n", dry.Out, StringComparison.Ordinal);
        Assert.Null(await _database!.AskAsync("select to_regclass('schema_migrations')"));

        var baseline = await Cli().RunAsync("baseline", "20250101_000002_b.sql", "--reason", "made by hand");
        Assert.True(baseline.Code == 0, baseline.ToString());
        Assert.Contains("Recorded 2 migrations as applied", baseline.Out, StringComparison.Ordinal);
        Assert.Equal("Makes a", await _database.AskAsync("select description from schema_migrations where execution_time_ms is null and checksum ~ '^[0-9a-f]{64}$' and applied_at is not null order by 1"));
        Assert.Equal("2 baseline done made by hand", await _database.AskAsync("select count(*) || ' ' || min(action) || ' ' || min(outcome) || ' ' || min(reason) from schema_migrations_log"));

        var up = await Cli().RunAsync("up");
        Assert.True(up.Code == 0, up.ToString());
        Assert.Contains("Applied 1 migration", up.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await Cli("prod").RunAsync("validate", "--deep")).Code);
    }

    [Fact]
    public async Task A_second_time_there_is_nothing_to_do()
    {
        Assert.Equal(0, (await Cli().RunAsync("baseline", "20250101_000001")).Code);
        Assert.Equal(0, (await Cli().RunAsync("baseline", "20250101_000002")).Code);

        var again = await Cli().RunAsync("baseline", "20250101_000002");

        Assert.True(again.Code == 0, again.ToString());
        Assert.Contains("Nothing to do: every migration up to 20250101_000002 is recorded already", again.Out, StringComparison.Ordinal);
        Assert.Equal("2", await _database!.AskAsync("select count(*) from schema_migrations"));
    }

    [Fact]
    public async Task A_history_that_says_something_else_is_refused()
    {
        await _database!.ExecuteAsync("DROP TABLE a, b");
        await Cli().RunAsync("up");
        await _database.ExecuteAsync("DELETE FROM schema_migrations WHERE version = '20250101_000002'");
        _folder.Write("20250101_000001_a.sql", "CREATE TABLE a (id int);\n");

        var refused = await Cli().RunAsync("baseline", "20250101_000002", "-o", "json");

        Assert.True(refused.Code == 3, refused.ToString());
        Assert.Equal(["target", "action", "dryRun", "migrations", "problems", "differences"], refused.Json.EnumerateObject().Select(field => field.Name));
        var problems = refused.Json.GetProperty("problems").EnumerateArray().Select(problem => problem.GetProperty("message").GetString()).ToArray();
        Assert.Contains("20250101_000003 is applied already, and it is later than 20250101_000002", problems);
        Assert.Contains("20250101_000001 is applied already, with other SQL than this file has", problems);
        Assert.Equal("2", await _database.AskAsync("select count(*) from schema_migrations"));
        Assert.Equal("baseline", await _database.AskAsync("select action from schema_migrations_log where outcome = 'refused'"));
    }

    [Fact]
    public async Task The_version_must_be_named_and_known()
    {
        Assert.Equal(2, (await Cli().RunAsync("baseline")).Code);
        Assert.Equal(2, (await Cli().RunAsync("baseline", "everything")).Code);
        var unknown = await Cli().RunAsync("baseline", "20250101_000009");
        Assert.True(unknown.Code == 2, unknown.ToString());
        Assert.Contains("Did you mean", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_production_it_is_confirmed()
    {
        var refused = await Cli("prod").RunAsync("baseline", "20250101_000002");
        Assert.True(refused.Code == 6, refused.ToString());

        var asked = await Cli("prod", _database!.Address.Database + "\n").RunAsync("baseline", "20250101_000002");
        Assert.True(asked.Code == 0, asked.ToString());
        Assert.Contains("This records 2 migrations as applied", asked.Error, StringComparison.Ordinal);
        Assert.Equal("baseline (confirmed at the terminal)", await _database.AskAsync("select reason from schema_migrations_log"));
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
    }

    private CliRunner Cli(string environment = "dev", string? answers = null) => new(_folder, _database) { Answers = answers, Variables = { ["ENVIRONMENT"] = environment } };
}
