using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Lambda;

/// <summary>A function has 15 minutes at the most: it begins nothing that it has no time for, and ends nothing that the server can finish.</summary>
public sealed class DeadlineTests(PostgresServer server)
{
    private const string SlowTable = """
        CREATE TABLE t (n int, filler text) WITH (fillfactor = 10);
        INSERT INTO t SELECT i, repeat('x', 500) FROM generate_series(1, 150) i;
        CREATE FUNCTION slow(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(SECONDS); RETURN n; END $$;
        """;

    [Fact]
    public async Task A_run_of_many_migrations_goes_on_where_the_time_was_over()
    {
        await using var function = await StartAsync(TimeSpan.FromSeconds(6), reserve: "3s");
        for (var i = 1; i <= 4; i++)
            function.Write($"20250101_00000{i}_m.sql", $"SELECT pg_sleep(1.5);\nCREATE TABLE m{i} ();\n");

        var answers = new List<FunctionAnswer>();
        do
            answers.Add(await function.InvokeAsync("""{"action":"up"}"""));
        while (!answers[^1].IsError && answers[^1].Json["left"] is not null);

        Assert.False(answers[^1].IsError, answers[^1].Payload);
        Assert.True(answers.Count > 1);
        Assert.Equal("20250101_000001 20250101_000002 20250101_000003 20250101_000004", await function.HistoryAsync());
        var first = answers[0].Json;
        Assert.Equal("continue", (string?)first["status"]);
        Assert.False((bool)first["succeeded"]!);
        Assert.EndsWith("_m.sql", (string?)first["left"]!["migrations"]![0], StringComparison.Ordinal);
        Assert.Contains("Run the action up again: it goes on from there", (string?)first["left"]!["next"], StringComparison.Ordinal);
        Assert.Equal("unfinished", await function.Database.AskAsync("select outcome from schema_migrations_log where version is null limit 1"));
    }

    [Fact]
    public async Task A_transaction_that_had_all_of_the_time_is_rolled_back_and_told_where_it_can_run()
    {
        await using var function = await StartAsync(TimeSpan.FromSeconds(12), reserve: "4s");
        function.Write("20250101_000001_a.sql", "CREATE TABLE a ();\nSELECT pg_sleep(600);\n");

        var answer = await function.InvokeAsync("""{"action":"up"}""");

        Assert.Equal("MigrationFailed", answer.ErrorType);
        Assert.Contains("it was not done when the time of the run was over, and was cancelled", answer.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("20250101_000001 was rolled back: it left no trace.", answer.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("next: run ./scripts/migrate.sh up 20250101_000001 where the time is not limited", answer.ErrorMessage, StringComparison.Ordinal);
        Assert.Null(await function.Database.AskAsync("select to_regclass('a')::text"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_build_at_the_end_of_the_time_is_left_to_the_server_and_the_next_invocation_adopts_it(bool translatesAddresses)
    {
        await using var function = await StartAsync(TimeSpan.FromSeconds(6), reserve: "3s");
        await using var network = new PassingProxy(function.Database.Address.Host!, function.Database.Address.Port);
        if (translatesAddresses)
        {
            function.Variables["DB_PORT"] = $"{network.Port}";
            function.Lambda.Recycle();
            await function.InvokeAsync("""{"action":"status"}""");
        }

        await function.Database.ExecuteAsync(SlowTable.Replace("SECONDS", "0.12", StringComparison.Ordinal));
        function.Write("20250101_000001_a.sql", "CREATE INDEX CONCURRENTLY i ON t (slow(n));\n");

        var left = await function.InvokeAsync("""{"action":"up"}""");

        Assert.False(left.IsError, $"{left.Payload}\n{string.Join('\n', function.Lambda.Log)}");
        Assert.Equal("continue", (string?)left.Json["status"]);
        Assert.Contains("still runs", (string?)left.Json["left"]!["goesOn"], StringComparison.Ordinal);
        Assert.Equal("1", await function.Database.AskAsync("select count(*) from pg_stat_progress_create_index where datname = current_database()"));

        function.Lambda.Timeout = TimeSpan.FromMinutes(15);
        await AssertAdoptedAsync(function);
    }

    [Fact]
    public async Task A_function_killed_in_the_middle_of_a_build_is_followed_by_one_that_waits_and_records_it()
    {
        await using var function = await StartAsync(TimeSpan.FromMinutes(15), reserve: "60s");
        await function.Database.ExecuteAsync(SlowTable.Replace("SECONDS", "0.12", StringComparison.Ordinal));
        function.Write("20250101_000001_a.sql", "CREATE INDEX CONCURRENTLY i ON t (slow(n));\n");
        var killed = function.InvokeAsync("""{"action":"up"}""");
        await function.Database.WaitForAsync("select count(*) > 0 from pg_stat_progress_create_index where datname = current_database() and blocks_done > 0");
        function.Lambda.Kill();
        Assert.Equal("Runtime.ExitError", (await killed).ErrorType);

        await AssertAdoptedAsync(function);
    }

    [Fact]
    public async Task What_still_runs_when_the_next_one_s_time_is_over_too_is_waited_for_again()
    {
        await using var function = await StartAsync(TimeSpan.FromSeconds(6), reserve: "3s");
        await function.Database.ExecuteAsync("CREATE TABLE t (n int)");
        function.Write("20250101_000001_a.sql", "-- Transaction: none\nDO $$ BEGIN COMMIT; PERFORM pg_sleep(600); END $$;\n");
        do
            Assert.Equal("continue", (string?)(await function.InvokeAsync("""{"action":"up"}""")).Json["status"]);
        while (await function.Database.AskAsync("select count(*) from pg_stat_activity where datname = current_database() and query like 'DO %'") == "0");

        var again = await function.InvokeAsync("""{"action":"up"}""");

        Assert.False(again.IsError, again.Payload);
        Assert.Equal("continue", (string?)again.Json["status"]);
        Assert.Contains("still runs DO $$", (string?)again.Json["left"]!["goesOn"], StringComparison.Ordinal);
        await function.Database.ExecuteAsync("select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = current_database() and query like 'DO %'");
    }

    private async Task<TestFunction> StartAsync(TimeSpan timeout, string reserve)
    {
        var function = await TestFunction.CreateAsync(server, timeout);
        function.Variables["MIGRATE_RESERVE"] = reserve;
        // The first invocation of a process pays for its start.
        await function.InvokeAsync("""{"action":"status"}""");
        return function;
    }

    private static async Task AssertAdoptedAsync(TestFunction function)
    {
        var adopted = await function.InvokeAsync("""{"action":"up"}""");
        Assert.False(adopted.IsError, adopted.Payload);
        Assert.True((bool)adopted.Json["succeeded"]!, adopted.Payload);
        await function.Lambda.WaitForLogAsync("\"event\":\"lock.awaited\"");
        await function.Lambda.WaitForLogAsync("\"event\":\"step.found-done\"");
        Assert.Equal("t", await function.Database.AskAsync("select indisvalid from pg_index where indexrelid = 'i'::regclass"));
        Assert.Equal("20250101_000001", await function.HistoryAsync());
    }
}
