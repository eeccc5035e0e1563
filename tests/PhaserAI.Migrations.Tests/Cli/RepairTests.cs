using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary><c>repair</c> mends the history with a reason, and runs nothing.</summary>
public sealed class RepairTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n-- DOWN:\n-- DROP TABLE a;\n");
        Assert.Equal(0, (await Cli().RunAsync("up")).Code);
    }

    [Fact]
    public async Task An_edited_file_is_recorded_as_it_is_after_its_difference_was_shown()
    {
        var before = await _database!.AskAsync("select applied_at || ' ' || execution_time_ms from schema_migrations");
        _folder.Write("20250101_000001_a.sql", "CREATE TABLE a (id int);\n-- DOWN:\n-- DROP TABLE IF EXISTS a;\n");
        Assert.Equal(3, (await Cli("test").RunAsync("validate")).Code);

        var dry = await Cli("test").RunAsync("repair", "--dry-run");
        Assert.True(dry.Code == 0, dry.ToString());
        Assert.Contains("Would record 1 file as it is now", dry.Out, StringComparison.Ordinal);
        Assert.Contains("  +CREATE TABLE a (id int);", dry.Out, StringComparison.Ordinal);
        Assert.Contains("  +DROP TABLE IF EXISTS a;", dry.Out, StringComparison.Ordinal);

        var unasked = await Cli("test").RunAsync("repair", "--reason", "typo");
        Assert.True(unasked.Code == 6, unasked.ToString());
        Assert.Contains("repair --reason \"…\" --yes", unasked.Error, StringComparison.Ordinal);
        Assert.Equal(3, (await Cli("test").RunAsync("validate")).Code);

        var asked = await Cli("test", _database.Address.Database + "\n").RunAsync("repair", "--reason", "typo");
        Assert.True(asked.Code == 0, asked.ToString());
        Assert.Contains("+CREATE TABLE a (id int);", asked.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await Cli("test").RunAsync("validate")).Code);
        Assert.Equal(before, await _database.AskAsync("select applied_at || ' ' || execution_time_ms from schema_migrations"));
        Assert.Contains("IF EXISTS", await _database.AskAsync("select down_sql from schema_migrations_detail"), StringComparison.Ordinal);
        Assert.Equal("typo (confirmed at the terminal)", await _database.AskAsync("select reason from schema_migrations_log where action = 'repair' and outcome = 'done'"));
    }

    [Fact]
    public async Task With_nothing_edited_nobody_is_asked()
    {
        var nothing = await Cli("prod").RunAsync("repair", "--reason", "to be sure");

        Assert.True(nothing.Code == 0, nothing.ToString());
        Assert.Contains("Nothing to do: every applied file is what was applied", nothing.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("repair")]
    [InlineData("repair", "--applied", "20250101_000001")]
    [InlineData("repair", "--not-applied", "20250101_000001", "--reason", " ")]
    [InlineData("repair", "--applied", "20250101_000001", "--not-applied", "20250101_000001", "--reason", "x")]
    [InlineData("repair", "--applied", "x", "--reason", "x")]
    [InlineData("repair", "--applied", "20250101_000009", "--reason", "x")]
    [InlineData("repair", "--not-applied", "zebra", "--reason", "x")]
    public async Task What_can_not_be_meant_is_refused(params string[] args)
    {
        var refused = await Cli().RunAsync(args);

        Assert.True(refused.Code == 2, refused.ToString());
        Assert.Equal("20250101_000001", await _database!.AskAsync("select string_agg(version, ' ') from schema_migrations"));
    }

    [Fact]
    public async Task A_migration_is_marked_as_applied_and_not_run()
    {
        _folder.Write("20250101_000002_b.sql", "SELECT 1/0;\n");

        var marked = await Cli().RunAsync("repair", "--applied", "20250101_000002_b.sql", "--reason", "run by hand", "-o", "json");

        Assert.True(marked.Code == 0, marked.ToString());
        Assert.Equal("20250101_000002", Assert.Single(marked.Json.GetProperty("migrations").EnumerateArray()).GetProperty("version").GetString());
        Assert.Contains("2 applied, 0 pending", (await Cli().RunAsync("status")).Out, StringComparison.Ordinal);
        Assert.Contains("is applied already", (await Cli().RunAsync("repair", "--applied", "20250101_000002", "--reason", "x")).Out, StringComparison.Ordinal);
        var history = (await Cli().RunAsync("history")).Out;
        Assert.Contains("repair --applied      20250101_000002  done", history, StringComparison.Ordinal);
        Assert.Contains("reason: run by hand", history, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_is_taken_out_of_the_history_and_not_undone()
    {
        var removed = await Cli().RunAsync("repair", "--not-applied", "20250101_000001", "--reason", "to be run again");

        Assert.True(removed.Code == 0, removed.ToString());
        Assert.Contains("Removed 20250101_000001 from the history", removed.Out, StringComparison.Ordinal);
        Assert.Equal("a", await _database!.AskAsync("select to_regclass('a')"));
        Assert.Equal("0 0", await _database.AskAsync("select (select count(*) from schema_migrations) || ' ' || (select count(*) from schema_migrations_detail)"));
        Assert.Contains("0 applied, 1 pending", (await Cli().RunAsync("status")).Out, StringComparison.Ordinal);
        Assert.Contains("is not applied", (await Cli().RunAsync("repair", "--not-applied", "20250101_000001", "--reason", "x")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_of_another_tool_is_removed_by_its_own_name()
    {
        await _database!.ExecuteAsync("INSERT INTO schema_migrations (version) VALUES ('zebra')");

        var removed = await Cli().RunAsync("repair", "--not-applied", "zebra", "--reason", "not ours");

        Assert.True(removed.Code == 0, removed.ToString());
        Assert.Equal("20250101_000001", await _database.AskAsync("select string_agg(version, ' ') from schema_migrations"));
    }

    [Theory]
    [InlineData("--applied", "2 applied, 0 pending")]
    [InlineData("--not-applied", "1 applied, 1 pending")]
    public async Task A_half_done_migration_is_settled_either_way(string option, string status)
    {
        _folder.Write("20250101_000002_b.sql", "BEGIN;\nCREATE TABLE b ();\nCOMMIT;\nBEGIN;\nSELECT 1/0;\nCOMMIT;\n");
        Assert.Equal(1, (await Cli().RunAsync("up")).Code);

        var settled = await Cli().RunAsync("repair", option, "20250101_000002", "--reason", "by hand");

        Assert.True(settled.Code == 0, settled.ToString());
        Assert.Equal("0", await _database!.AskAsync("select count(*) from schema_migrations_checkpoint"));
        Assert.Contains(status, (await Cli().RunAsync("status")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_waits_for_the_lock()
    {
        await using var holder = await _database!.OpenAsync();
        await using var take = new Npgsql.NpgsqlCommand($"select pg_advisory_lock({MigrationLock.KeyOf("public")})", holder);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var refused = await Cli().RunAsync("repair", "--not-applied", "20250101_000001", "--reason", "x", "--lock-wait", "0");

        Assert.True(refused.Code == 4, refused.ToString());
        Assert.Equal("repair --not-applied", await _database.AskAsync("select action from schema_migrations_log where outcome = 'refused'"));
    }

    [Fact]
    public async Task A_row_that_a_trigger_keeps_out_leaves_everything_as_it_was()
    {
        _folder.Write("20250101_000002_b.sql", "SELECT 1;\n");
        await _database!.ExecuteAsync("CREATE FUNCTION keep_out() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER keep_out BEFORE INSERT ON schema_migrations FOR EACH ROW EXECUTE FUNCTION keep_out()");

        var failed = await Cli().RunAsync("repair", "--applied", "20250101_000002", "--reason", "x");

        Assert.True(failed.Code == 5, failed.ToString());
        Assert.Contains("a trigger or a rule", failed.Error, StringComparison.Ordinal);
        Assert.Equal("20250101_000001", await _database.AskAsync("select string_agg(version, ' ') from schema_migrations_detail"));
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
    }

    private CliRunner Cli(string environment = "dev", string? answers = null) => new(_folder, _database) { Answers = answers, Variables = { ["ENVIRONMENT"] = environment } };
}
