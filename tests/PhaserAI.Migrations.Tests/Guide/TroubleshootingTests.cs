using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>"Troubleshooting" and "Reset Migration State": the tool lives with what they do to its history.</summary>
[Collection(GuideServers.Name)]
public sealed class TroubleshootingTests(GuideServers servers) : IAsyncLifetime
{
    private const string Migration = "20250104_100000_migration.sql";

    private TestDatabase? _database;
    private GuideProject? _project;

    private TestDatabase Database => _database!;

    private GuideProject Project => _project!;

    public async ValueTask InitializeAsync()
    {
        _database = await servers.CreateDatabaseAsync("database", "user");
        _project = new GuideProject(servers, hasMigrations: false);
        Project.Set("DB_HOST", "your-db");
        Project.Set("DB_NAME", "database");
        Project.Set("DB_USER", "user");
        Project.Write(Migration, "CREATE TABLE new_table (id int);\n-- DOWN:\n-- DROP TABLE new_table;\n");
    }

    [Fact, RunsBlocks(27)]
    public async Task Migration_fails_midway()
    {
        Project.Write(Migration, "CREATE TABLE new_table (id in);\n");
        Assert.Equal(1, (await Project.RunAsync("./scripts/migrate.sh up")).Code);
        Project.Write(Migration, "CREATE TABLE new_table (id int);\n");

        var retried = await Project.TypeAsync(27);

        Assert.True(retried.Code == 0, retried.ToString());
        Assert.Contains("0 applied, 1 pending", retried.Out, StringComparison.Ordinal);
        Assert.Contains("1 applied, 0 pending", retried.Out, StringComparison.Ordinal);
    }

    [Fact, RunsBlocks(28)]
    public async Task Migration_marked_as_applied_but_changes_missing()
    {
        await servers.MigrateAsync(Database, "user", Project);
        await Database.ExecuteAsync("UPDATE schema_migrations SET applied_at = '2020-01-01'");

        var updated = await Project.TypeAsync(28);

        Assert.True(updated.Code == 0, updated.ToString());
        Assert.Contains("new_table", updated.Out, StringComparison.Ordinal);
        Assert.Equal("t", await Database.AskAsync("select applied_at > '2021-01-01' from schema_migrations"));
        await SucceedAsync("./scripts/migrate.sh validate");
    }

    [Fact, RunsBlocks(29)]
    public async Task Rollback_not_working()
    {
        await servers.MigrateAsync(Database, "user", Project);

        // GNU grep takes "-- DOWN:" for an option and says so; typed by hand, what follows runs all the same.
        var undone = await Project.TypeAsync(29, stopsAtFailure: false);

        Assert.True(undone.Code == 0, undone.ToString());
        Assert.Contains("0 applied, 1 pending", (await Project.RunAsync("./scripts/migrate.sh status")).Out, StringComparison.Ordinal);
        await SucceedAsync("./scripts/migrate.sh up && ./scripts/migrate.sh down && ./scripts/migrate.sh up");
        Assert.Equal("new_table", await Database.AskAsync("select to_regclass('new_table')"));
    }

    [Fact, RunsBlocks(31)]
    public async Task Reset_migration_state()
    {
        File.Delete(Path.Combine(Project.Migrations, Migration));
        Project.Copy("infra/migrations/20250101_120000_initial_schema.sql", "infra/migrations/20250102_143000_add_etymology_tables.sql");
        await servers.MigrateAsync(Database, "user", Project);

        var reset = await Project.TypeAsync(31);

        Assert.True(reset.Code == 0, reset.ToString());
        Assert.Contains("2 applied, 0 pending", (await Project.RunAsync("./scripts/migrate.sh status")).Out, StringComparison.Ordinal);
        await SucceedAsync("./scripts/migrate.sh up && ./scripts/migrate.sh reset-history --yes && ./scripts/migrate.sh validate");
    }

    public async ValueTask DisposeAsync()
    {
        await Project.DisposeAsync();
        await Database.DisposeAsync();
    }

    private async Task SucceedAsync(string commands)
    {
        var result = await Project.RunAsync(commands);
        Assert.True(result.Code == 0, result.ToString());
    }
}
