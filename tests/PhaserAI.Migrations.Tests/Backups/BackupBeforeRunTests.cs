using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Backups;

/// <summary>Where the environment wants it, nothing is changed before there is a backup.</summary>
public sealed class BackupBeforeRunTests(PostgresServer server) : IAsyncLifetime
{
    private BackupProject? _project;

    private BackupProject Project => _project!;

    private string[] Files => Directory.Exists(Project.Backups) ? [.. Directory.GetFiles(Project.Backups).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)] : [];

    public async ValueTask InitializeAsync()
    {
        _project = await BackupProject.CreateAsync(server);
        Project.Folder.Write("20250102_000000_more.sql", "CREATE TABLE more ();\n-- DOWN:\n-- DROP TABLE more;\n");
    }

    [Fact]
    public async Task In_prod_up_and_down_back_up_first_and_the_history_says_where_to()
    {
        var up = await Project.Cli("prod").RunAsync("up", "--yes");
        Assert.True(up.Code == 0, up.ToString());
        Assert.Contains("backed up  backups/backup_", up.Out, StringComparison.Ordinal);
        Assert.True(up.Out.IndexOf("backed up", StringComparison.Ordinal) < up.Out.IndexOf("applied", StringComparison.Ordinal), up.Out);
        var backup = Assert.Single(Files, file => file.EndsWith(".sql", StringComparison.Ordinal));
        Assert.Equal($"backups/{backup}", await Project.Database.AskAsync("SELECT backup FROM schema_migrations_log WHERE version = '20250102_000000'"));
        Assert.DoesNotContain("CREATE TABLE public.more", await File.ReadAllTextAsync(Path.Combine(Project.Backups, backup)), StringComparison.Ordinal);

        var down = await Project.Cli("prod").RunAsync("down", "--yes", "-o", "json");
        Assert.True(down.Code == 0, down.ToString());
        var told = down.Json.GetProperty("backup");
        Assert.Equal(2, Files.Count(file => file.EndsWith(".sql", StringComparison.Ordinal)));
        Assert.Equal($"backups/{told.GetProperty("name").GetString()}", told.GetProperty("address").GetString());
        Assert.Equal($"./scripts/migrate.sh backup restore {told.GetProperty("name").GetString()} --replace", told.GetProperty("restore").GetString());
        var history = await Project.Cli("prod").RunAsync("history");
        Assert.Contains($"backup: backups/{backup}", history.Out, StringComparison.Ordinal);
        Assert.Contains(
            (await Project.Cli("prod").RunAsync("history", "-o", "json")).Json.GetProperty("entries").EnumerateArray(),
            entry => entry.GetProperty("backup").GetString() == $"backups/{backup}");
    }

    [Fact]
    public async Task With_nothing_to_do_none_is_made()
    {
        await Project.Cli().RunAsync("up");
        Assert.Equal(0, (await Project.Cli("prod").RunAsync("up", "--yes")).Code);
        Assert.Empty(Files);
    }

    [Fact]
    public async Task Other_environments_make_none_but_staging_where_a_store_is_set()
    {
        var staging = await Project.Cli("staging").RunAsync("up");
        Assert.True(staging.Code == 0, staging.ToString());
        Assert.Empty(Files);
        var cli = Project.Cli("staging");
        cli.Variables["BACKUP_DIR"] = "backups";
        Assert.Equal(0, (await cli.RunAsync("down")).Code);
        Assert.Equal(2, Files.Length);
    }

    [Fact]
    public async Task Skipping_it_takes_a_flag_and_is_logged()
    {
        var up = await Project.Cli("prod").RunAsync("up", "--yes", "--no-backup");
        Assert.True(up.Code == 0, up.ToString());
        Assert.Contains("No backup is made: --no-backup.", up.Error, StringComparison.Ordinal);
        Assert.Empty(Files);
        Assert.Equal("confirmed by --yes; without a backup: --no-backup", await Project.Database.AskAsync("SELECT reason FROM schema_migrations_log WHERE version = '20250102_000000'"));
    }

    [Fact]
    public async Task A_migration_that_fails_tells_how_to_bring_the_backup_back()
    {
        Project.Folder.Write("20250103_000000_bad.sql", "SELECT 1 / 0;\n");
        var up = await Project.Cli("prod").RunAsync("up", "--yes");
        Assert.True(up.Code == 1, up.ToString());
        var backup = Assert.Single(Files, file => file.EndsWith(".sql", StringComparison.Ordinal));
        Assert.Contains($"backup: backups/{backup} was made before this run; ./scripts/migrate.sh backup restore {backup} --replace brings it back.", up.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_backup_nothing_is_changed()
    {
        var cli = Project.Cli("prod");
        cli.Variables["BACKUP_DIR"] = "/proc/nowhere";
        var up = await cli.RunAsync("up", "--yes");
        Assert.True(up.Code == 9, up.ToString());
        Assert.Contains("can't write to /proc/nowhere", up.Error, StringComparison.Ordinal);
        Assert.Equal("20250101_000000", await Project.Database.AskAsync("SELECT max(version) FROM schema_migrations"));
        Assert.Equal("9", $"{(await cli.RunAsync("up", "--yes", "-o", "json")).Json.GetProperty("error").GetProperty("exitCode")}");
        Assert.Equal("refused", await Project.Database.AskAsync("SELECT outcome FROM schema_migrations_log ORDER BY id DESC LIMIT 1"));
    }

    /// <summary>A log that an earlier version of the tool has made has no column for it.</summary>
    [Fact]
    public async Task An_older_log_gets_the_column_and_can_be_read_without()
    {
        await Project.Database.ExecuteAsync("ALTER TABLE schema_migrations_log DROP COLUMN backup");
        Assert.Equal(0, (await Project.Cli("prod").RunAsync("history")).Code);
        Assert.Equal(0, (await Project.Cli("prod").RunAsync("up", "--yes")).Code);
        Assert.Equal("t", await Project.Database.AskAsync("SELECT backup IS NOT NULL FROM schema_migrations_log WHERE version = '20250102_000000'"));
    }

    [Fact]
    public async Task A_log_that_belongs_to_somebody_else_keeps_the_address_in_the_reason()
    {
        var role = "r_" + Guid.NewGuid().ToString("N");
        await Project.Database.ExecuteAsync($"""
            ALTER TABLE schema_migrations_log DROP COLUMN backup;
            CREATE ROLE {role} LOGIN;
            GRANT USAGE, CREATE ON SCHEMA public, "Odd schema" TO {role};
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, "Odd schema" TO {role};
            GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
            """);
        try
        {
            var cli = Project.Cli("prod");
            cli.Variables["DB_USER"] = role;
            var up = await cli.RunAsync("up", "--yes");
            Assert.True(up.Code == 0, up.ToString());
            Assert.Equal($"confirmed by --yes; backup: backups/{Files[^1]}", await Project.Database.AskAsync("SELECT reason FROM schema_migrations_log WHERE version = '20250102_000000'"));
        }
        finally
        {
            await Project.Database.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_project is not null)
            await _project.DisposeAsync();
    }
}
