using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>The migration guide's own troubleshooting blocks, as they stand there: the tool lives with what they do to its history.</summary>
public sealed class GuideTroubleshootingTests(PostgresServer server) : IAsyncLifetime
{
    private const string File = "20250104_100000_migration.sql";

    private TestDatabase? _database;
    private ScratchProject? _project;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _project = new ScratchProject(_database);
        _project.Folder.Write(File, "CREATE TABLE new_table (id int);\n-- DOWN:\n-- DROP TABLE new_table;\n");
    }

    [Fact]
    public async Task Migration_fails_midway()
    {
        _project!.Folder.Write(File, "CREATE TABLE new_table (id in);\n");
        Assert.NotEqual(0, (await RunAsync("./scripts/migrate.sh up")).Code);
        _project.Folder.Write(File, "CREATE TABLE new_table (id int);\n");

        var retried = await RunAsync("""
            # Check migration status
            ./scripts/migrate.sh status

            # Check database logs
            # AWS RDS: Check CloudWatch logs
            # Local: Check PostgreSQL logs

            # Fix the issue and retry
            ./scripts/migrate.sh up
            """);

        Assert.True(retried.Code == 0, retried.ToString());
        Assert.Contains("1 applied, 0 pending", retried.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migration_marked_as_applied_but_changes_missing()
    {
        Assert.Equal(0, (await RunAsync("./scripts/migrate.sh up")).Code);
        await _database!.ExecuteAsync("UPDATE schema_migrations SET applied_at = '2020-01-01'");

        var updated = await RunAsync("""
            # Check what's actually in the database
            psql -h your-db -U user -d database -c "\dt"

            # If needed, manually fix and update migration record
            psql -h your-db -U user -d database -c "
              UPDATE schema_migrations 
              SET applied_at = NOW() 
              WHERE version = '20250104_100000'
            "
            """);

        Assert.True(updated.Code == 0, updated.ToString());
        Assert.Contains("new_table", updated.Out, StringComparison.Ordinal);
        Assert.Equal("t", await _database.AskAsync("select applied_at > '2021-01-01' from schema_migrations"));
        Assert.Equal(0, (await RunAsync("./scripts/migrate.sh validate")).Code);
    }

    [Fact]
    public async Task Rollback_not_working()
    {
        Assert.Equal(0, (await RunAsync("./scripts/migrate.sh up")).Code);

        // GNU grep takes "-- DOWN:" for an option and says so; typed by hand, what follows runs all the same.
        var undone = await RunAsync("""
            # Check if DOWN section exists in migration file
            grep -A 20 "-- DOWN:" infra/migrations/20250104_100000_migration.sql

            # If no DOWN section, create manual rollback
            psql -h your-db -U user -d database -c "
              -- Manual rollback SQL here
              DROP TABLE IF EXISTS new_table;
              DELETE FROM schema_migrations WHERE version = '20250104_100000';
            "
            """);

        Assert.True(undone.Code == 0, undone.ToString());
        Assert.Contains("0 applied, 1 pending", (await RunAsync("./scripts/migrate.sh status")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("./scripts/migrate.sh up && ./scripts/migrate.sh down && ./scripts/migrate.sh up")).Code);
        Assert.Equal("new_table", await _database!.AskAsync("select to_regclass('new_table')"));
    }

    [Fact]
    public async Task Reset_migration_state()
    {
        System.IO.File.Delete(Path.Combine(_project!.Folder.Path, File));
        _project.Folder.Write("20250101_120000_initial_schema.sql", "CREATE TABLE words (id int);\n");
        _project.Folder.Write("20250102_143000_add_etymology_tables.sql", "CREATE TABLE etymology (id int);\n");
        Assert.Equal(0, (await RunAsync("./scripts/migrate.sh up")).Code);

        var reset = await RunAsync("""
            # DANGER: Only use in development
            # This will reset all migration tracking
            psql -h your-db -U user -d database -c "
              DROP TABLE IF EXISTS schema_migrations;
              -- Recreate with current state
              CREATE TABLE schema_migrations (
                version VARCHAR(50) PRIMARY KEY,
                applied_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
                checksum VARCHAR(64),
                execution_time_ms INTEGER,
                description TEXT
              );
              -- Mark all existing migrations as applied
              INSERT INTO schema_migrations (version, description) VALUES
              ('20250101_120000', 'Initial schema'),
              ('20250102_143000', 'Etymology tables');
            "
            """);

        Assert.True(reset.Code == 0, reset.ToString());
        Assert.Contains("2 applied, 0 pending", (await RunAsync("./scripts/migrate.sh status")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("./scripts/migrate.sh up && ./scripts/migrate.sh reset-history --yes && ./scripts/migrate.sh validate")).Code);
    }

    public async ValueTask DisposeAsync()
    {
        _project!.Dispose();
        await _database!.DisposeAsync();
    }

    private Task<CliResult> RunAsync(string commands) => _project!.RunAsync(commands, stopsAtFailure: false);
}
