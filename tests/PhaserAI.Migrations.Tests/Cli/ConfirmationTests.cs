using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>In production somebody says yes before anything is changed.</summary>
public sealed class ConfirmationTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        await Backups.Shell.RequireDumpAsync(server); // prod makes a backup first
        _folder.Write("20250101_000000_a.sql", "CREATE TABLE a ();\n-- DOWN:\n-- DROP TABLE a;\n");
    }

    [Fact]
    public async Task Without_a_terminal_it_is_refused_and_nothing_is_changed()
    {
        var result = await Cli().RunAsync("up");
        Assert.True(result.Code == 6, result.ToString());
        Assert.Contains("up in prod must be confirmed", result.Error, StringComparison.Ordinal);
        Assert.Contains("./scripts/migrate.sh up --yes", result.Error, StringComparison.Ordinal);
        Assert.Null(await _database!.AskAsync("select to_regclass('schema_migrations')::text"));

        var json = await Cli().RunAsync("up", "20250101_000000", "-o", "json");
        Assert.Equal(6, json.Json.GetProperty("error").GetProperty("exitCode").GetInt32());
        Assert.Contains("up 20250101_000000 --yes", json.Json.GetProperty("error").GetProperty("next").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_proposed_does_the_same()
    {
        var cli = Cli();
        cli.Variables.Remove("ENVIRONMENT");

        var result = await cli.RunAsync("up", "-e", "prod", "--no-backup", "--migrations", _folder.Path);

        Assert.True(result.Code == 6, result.ToString());
        Assert.Contains($"Run ./scripts/migrate.sh up --environment prod --migrations {_folder.Path} --no-backup --yes if", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_not_named_is_that_of_the_user_and_wants_its_name_too()
    {
        var address = _database!.Address;
        var cli = Cli("\n");
        foreach (var name in cli.Variables.Keys.Where(name => name.StartsWith("DB_", StringComparison.Ordinal)).ToArray())
            cli.Variables.Remove(name);
        cli.Variables["DATABASE_URL"] = $"Host={address.Host};Port={address.Port};Username={address.Username};Password={address.Password};SSL Mode=Disable";

        var refused = await cli.RunAsync("up", "--no-backup");

        Assert.True(refused.Code == 6, refused.ToString());
        Assert.Contains($"on {address.Username} on ", refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("list")]
    [InlineData("plan")]
    [InlineData("up", "--dry-run")]
    [InlineData("down")]
    public async Task What_changes_nothing_needs_no_yes(params string[] args) => Assert.Equal(0, (await Cli().RunAsync(args)).Code);

    [Fact]
    public async Task Yes_and_CI_count_and_the_log_says_which()
    {
        var yes = await Cli().RunAsync("up", "--yes");
        Assert.True(yes.Code == 0, yes.ToString());
        Assert.Contains("Confirmed by --yes.", yes.Error, StringComparison.Ordinal);
        Assert.Equal("confirmed by --yes", await _database!.AskAsync("select reason from schema_migrations_log"));

        var cli = Cli();
        cli.Variables["CI"] = "true";
        var ci = await cli.RunAsync("down");
        Assert.True(ci.Code == 0, ci.ToString());
        Assert.Contains("Confirmed by CI=true.", ci.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_a_terminal_it_shows_what_happens_and_wants_the_databases_name()
    {
        var name = _database!.Address.Database!;
        foreach (var answer in (string[])["", "\n", "yes\n", "postgres\n"])
        {
            var refused = await Cli(answer).RunAsync("up");
            Assert.True(refused.Code == 6, refused.ToString());
            Assert.Contains("not confirmed; nothing was changed", refused.Error, StringComparison.Ordinal);
        }

        Assert.Null(await _database.AskAsync("select to_regclass('schema_migrations')::text"));
        var up = await Cli(name + "\n").RunAsync("up");
        Assert.True(up.Code == 0, up.ToString());
        Assert.Equal("confirmed at the terminal", await _database.AskAsync("select reason from schema_migrations_log"));
        Assert.Contains($"This applies 1 migration on {name} on ", up.Error, StringComparison.Ordinal);
        Assert.Contains("  20250101_000000_a.sql\n", up.Error, StringComparison.Ordinal);

        var down = await Cli($" {name} \n").RunAsync("down");
        Assert.True(down.Code == 0, down.ToString());
        Assert.Contains("This rolls back 1 migration", down.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_nothing_to_do_or_with_problems_nobody_is_asked()
    {
        Assert.Equal(0, (await Cli().RunAsync("up", "--yes")).Code);
        var nothing = await Cli().RunAsync("up");
        Assert.True(nothing.Code == 0, nothing.ToString());
        Assert.Contains("1 applied, 0 pending", nothing.Out, StringComparison.Ordinal);

        _folder.Write("20250101_000001_open.sql", "BEGIN;\n");
        var problems = await Cli().RunAsync("up");
        Assert.True(problems.Code == 3, problems.ToString());
        Assert.Contains("20250101_000001_open.sql:1:1", problems.Error, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
    }

    private CliRunner Cli(string? answers = null) => new(_folder, _database) { Answers = answers, Variables = { ["ENVIRONMENT"] = "prod" } };
}
