using Npgsql;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>A failure says where, what, what was done before, what is left, and what to type next.</summary>
public sealed class FailureTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    private CliRunner Cli => new(_folder, _database);

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _folder.Write("20250101_000000_a.sql", "CREATE TABLE a (b int UNIQUE);\n-- DOWN:\n-- SELECT nope;\n");
    }

    [Fact]
    public async Task In_the_third_of_five_files()
    {
        _folder.Write("20250101_000001_b.sql", "CREATE TABLE b ();\n");
        _folder.Write("20250101_000002_c.sql", "BEGIN;\nCREATE TABLE c ();\n\tINSERT INTO a VALUES ('日本', 1); -- too many\nCOMMIT;\n");
        _folder.Write("20250101_000003_d.sql", "CREATE TABLE d ();\n");
        _folder.Write("20250101_000004_e.sql", "CREATE TABLE e ();\n");

        var result = await Cli.RunAsync("up");
        Assert.True(result.Code == 1, result.ToString());
        Assert.Equal(
            """
            error: INSERT has more expressions than target columns [42601]
              --> infra/migrations/20250101_000002_c.sql:3:30
              |
            3 | 	INSERT INTO a VALUES ('日本', 1); -- too many
              | 	                              ^

            Before it, 2 migrations were applied and stay so: 20250101_000000, 20250101_000001.
            20250101_000002 was rolled back: it left no trace.
            next: mend infra/migrations/20250101_000002_c.sql and run ./scripts/migrate.sh up again.

            """,
            result.Error);
        Assert.Contains("2 applied, 3 pending", result.Out, StringComparison.Ordinal);
        Assert.Null(await _database!.AskAsync("select to_regclass('c')::text"));

        _folder.Write("20250101_000002_c.sql", "BEGIN;\nCREATE TABLE c ();\nCOMMIT;\n");
        Assert.Contains("5 applied, 0 pending", (await Cli.RunAsync("up")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_servers_detail_hint_and_context()
    {
        _folder.Write("20250101_000001_b.sql", "DO $$ BEGIN\n  RAISE EXCEPTION 'no' USING DETAIL = E'one\\ntwo', HINT = 'try this', ERRCODE = 'PX123';\nEND $$;\n");
        var error = (await Cli.RunAsync("up")).Error;
        Assert.Contains("error: no [PX123]\n", error, StringComparison.Ordinal);
        Assert.Contains("   = detail: one\n     two\n   = hint: try this\n   = context: PL/pgSQL function inline_code_block line 2 at RAISE\n", error, StringComparison.Ordinal);
        Assert.Contains("Before it, 20250101_000000 was applied and stays so.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_of_a_megabyte_is_cut_around_the_error()
    {
        var values = string.Concat(Enumerable.Repeat("1,", 500_000));
        _folder.Write("20250101_000001_b.sql", $"SELECT count(*) FROM unnest(ARRAY[{values}1]) u WHERE nope AND u IN ({values}1);\n");
        var result = await Cli.RunAsync("up");
        Assert.True(result.Code == 1 && result.Error.Length < 1000, result.ToString());
        var lines = result.Error.Split('\n');
        Assert.StartsWith("1 | …", lines[3], StringComparison.Ordinal);
        Assert.EndsWith("…", lines[3], StringComparison.Ordinal);
        Assert.Equal("nope", lines[3].Substring(lines[4].IndexOf('^', StringComparison.Ordinal), 4));

        var json = await Cli.RunAsync("up", "--output", "json");
        Assert.True(json.Out.Length < 20_000, $"{json.Out.Length} characters");
    }

    [Fact]
    public async Task When_rolling_back_the_migration_is_still_applied()
    {
        await Cli.RunAsync("up");
        var result = await Cli.RunAsync("down");
        Assert.True(result.Code == 1, result.ToString());
        Assert.Contains("--> infra/migrations/20250101_000000_a.sql:3:11", result.Error, StringComparison.Ordinal);
        Assert.Contains("Nothing was rolled back before it.\n20250101_000000 is still applied: its DOWN was undone and left no trace.", result.Error, StringComparison.Ordinal);
        Assert.Contains("run ./scripts/migrate.sh down again", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_of_a_transaction_it_does_not_promise_that_nothing_stayed()
    {
        _folder.Write("20250101_000001_b.sql", "DO $$ BEGIN\n  INSERT INTO a VALUES (1);\n  COMMIT;\n  RAISE EXCEPTION 'no';\nEND $$;\n");
        var error = (await Cli.RunAsync("up")).Error;
        Assert.Contains("Step 1 of 1 of 20250101_000001 ran outside of any transaction: part of it may have stayed", error, StringComparison.Ordinal);
        Assert.DoesNotContain("no trace", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_concurrent_index_that_fails_says_that_an_invalid_one_may_have_stayed()
    {
        _folder.Write("20250101_000001_b.sql", "CREATE TABLE b (c int);\nINSERT INTO b VALUES (1), (1);\nCREATE UNIQUE INDEX CONCURRENTLY b_c ON b (c);\n");
        var error = (await Cli.RunAsync("up")).Error;
        Assert.Contains("Step 1 of 2 of 20250101_000001 is done and recorded. Step 2 of 2", error, StringComparison.Ordinal);
        Assert.Contains("an INVALID index may have stayed; the next run drops it", error, StringComparison.Ordinal);
        Assert.Contains("it goes on after the finished steps", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_that_stays_locked_is_no_reason_to_mend_the_file()
    {
        await Cli.RunAsync("up");
        await using var other = await _database!.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("LOCK TABLE a", other, transaction);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        _folder.Write("20250101_000001_b.sql", "ALTER TABLE a ADD COLUMN c int;\n");
        var cli = new CliRunner(_folder, _database) { Variables = { ["MIGRATE_LOCK_TIMEOUT"] = "50ms", ["MIGRATE_RETRY_BUDGET"] = "0" } };
        var result = await cli.RunAsync("up");
        Assert.Contains("[55P03]", result.Error, StringComparison.Ordinal);
        // Whether there was time to see who is in the way depends on the machine.
        Assert.Matches(@"next: wait until (the sessions that hold the locks are|pid \d+ is) done,.* then run \./scripts/migrate\.sh up again\.", result.Error);
    }

    [Fact]
    public async Task Another_run_that_holds_the_lock_is_exit_code_4()
    {
        await using var other = await _database!.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT pg_advisory_lock({MigrationLock.KeyOf("public")})", other);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var second = await Cli.RunAsync("up", "--lock-wait", "0");
        Assert.True(second.Code == 4, second.ToString());
        Assert.Contains("another migration run holds the lock: pid ", second.Error, StringComparison.Ordinal);
        Assert.Contains("--lock-wait waits longer", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_check_is_exit_code_7_while_something_is_pending()
    {
        Assert.Equal(7, (await Cli.RunAsync("status", "--check")).Code);
        await Cli.RunAsync("up");
        Assert.Equal(0, (await Cli.RunAsync("status", "--check")).Code);
    }

    [Fact]
    public async Task Cancelled_is_exit_code_130_and_the_migration_left_no_trace()
    {
        _folder.Write("20250101_000001_b.sql", "CREATE TABLE b ();\nDO $$ BEGIN PERFORM pg_sleep(60); END $$;\n");
        using var cancellation = new CancellationTokenSource();
        var run = Cli.RunHereAsync(["up"], cancellation.Token);
        await _database!.WaitForAsync("select count(*) > 0 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'");
        await cancellation.CancelAsync();
        var result = await run;
        Assert.True(result.Code == 130, result.ToString());
        Assert.Contains("error: cancelled\n", result.Error, StringComparison.Ordinal);
        Assert.Contains("20250101_000001 was rolled back: it left no trace.", result.Error, StringComparison.Ordinal);
        Assert.Contains("1 applied, 1 pending", result.Out, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
    }
}
