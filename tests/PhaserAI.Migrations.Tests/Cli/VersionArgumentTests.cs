using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>The version that <c>up</c>, <c>down</c> and <c>plan</c> take.</summary>
public sealed class VersionArgumentTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    private CliRunner Cli => new(_folder, _database);

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        foreach (var version in (string[])["20250101_120000", "20250102_143000", "20250103_091500"])
            _folder.Write($"{version}_t.sql", $"CREATE TABLE t_{version} ();\n-- DOWN:\n-- DROP TABLE t_{version};\n");
    }

    [Theory]
    [InlineData("20250102_143000")]
    [InlineData("20250102_143000_t")]
    [InlineData("20250102_143000_t.sql")]
    [InlineData("infra/migrations/20250102_143000_t.sql")]
    [InlineData("./20250102_143000_another_name.sql")]
    public async Task It_may_be_given_as_a_file(string version)
    {
        var result = await Cli.RunAsync("up", version);
        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains("2 applied, 1 pending", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("up", "20250102_143001", "20250102_143000")]
    [InlineData("plan", "20250103_019500", "20250103_091500")]
    [InlineData("down", "20240101_120000", "20250101_120000")]
    public async Task One_that_does_not_exist_comes_with_the_nearest(string command, string version, string nearest)
    {
        var result = await Cli.RunAsync(command, version);
        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains($"there is no migration {version}", result.Error, StringComparison.Ordinal);
        Assert.Contains($"Did you mean {nearest}?", result.Error, StringComparison.Ordinal);
        Assert.Null(await _database!.AskAsync("select to_regclass('schema_migrations')::text"));
    }

    [Theory]
    [InlineData("down")]
    [InlineData("down", "--all")]
    [InlineData("down", "20250102_143000")]
    public async Task Down_with_nothing_applied_has_nothing_to_do(params string[] args)
    {
        var result = await Cli.RunAsync(args);
        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains("Nothing to do: there is no migration to roll back.", result.Out, StringComparison.Ordinal);
        Assert.Null(await _database!.AskAsync("select to_regclass('schema_migrations')::text"));
    }

    [Fact]
    public async Task Down_to_the_newest_has_nothing_to_do_and_down_all_leaves_nothing()
    {
        await Cli.RunAsync("up");
        Assert.Contains("Nothing to do: nothing after that version is applied.", (await Cli.RunAsync("down", "20250103_091500")).Out, StringComparison.Ordinal);
        Assert.Contains("0 applied, 3 pending", (await Cli.RunAsync("down", "--all")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_to_one_that_is_applied_does_not_deny_what_is_pending_after_it()
    {
        await Cli.RunAsync("up", "20250102_143000");
        var again = await Cli.RunAsync("up", "20250101_120000");
        Assert.Contains("Nothing to do: everything up to that version is applied already.", again.Out, StringComparison.Ordinal);
        Assert.Contains("2 applied, 1 pending", again.Out, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
    }
}
