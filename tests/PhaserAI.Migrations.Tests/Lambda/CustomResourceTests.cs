using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Lambda;

/// <summary>A stack's migrations: a real database behind the function, and CloudFormation's whole life of a resource in front of it.</summary>
public sealed class CustomResourceTests(PostgresServer server)
{
    private const string First = "20250101_000001";
    private const string Second = "20250101_000002";
    private const string Third = "20250101_000003";

    private static readonly (string Name, string Text)[] One = [($"{First}_a.sql", "CREATE TABLE a ();\n-- DOWN:\n-- DROP TABLE a;\n")];

    private static readonly (string Name, string Text)[] Two = [.. One, ($"{Second}_b.sql", "CREATE TABLE b ();\n-- DOWN:\n-- DROP TABLE b;\n")];

    private static readonly (string Name, string Text)[] Broken = [.. Two, ($"{Third}_c.sql", "-- UP:\nALTER TABLE nothing ADD c int;\n-- DOWN:\n-- SELECT 1;\n")];

    [Fact]
    public async Task Create_and_update_ensure_and_delete_touches_nothing()
    {
        await using var function = await TestFunction.CreateAsync(server);
        await using var stack = new FakeCloudFormation(function.Lambda);

        Assert.Equal("CREATE_COMPLETE", await stack.CreateAsync(Set(function, One)));
        Assert.Equal(First, await function.HistoryAsync());
        Assert.Equal(("migrations-db-ABC", First, 1, "Applied"), DataOf(stack.Last));

        Assert.Equal("UPDATE_COMPLETE", await stack.UpdateAsync(Set(function, Two)));
        Assert.Equal($"{First} {Second}", await function.HistoryAsync());
        Assert.Equal(("migrations-db-ABC", Second, 2, "Applied"), DataOf(stack.Last));
        var reason = await function.Database.AskAsync($"select reason from schema_migrations_log where version = '{Second}'");
        Assert.Contains($"(CloudFormation request {(string?)stack.Events[^1]["RequestId"]})", reason, StringComparison.Ordinal);

        // Neither a database nor settings are there any more.
        function.Variables["DB_HOST"] = "192.0.2.1";
        function.Variables["ENVIRONMENT"] = "nowhere";
        function.Lambda.Recycle();
        Assert.Equal("DELETE_COMPLETE", await stack.DeleteAsync());
        Assert.Equal($"{First} {Second}", await function.HistoryAsync());
        Assert.Empty(stack.Refusals);
        Assert.DoesNotContain(function.Lambda.Log, line => line.Contains("very-secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failing_script_rolls_the_stack_back_keeps_what_was_applied_and_the_next_good_deploy_succeeds()
    {
        await using var function = await TestFunction.CreateAsync(server);
        await using var stack = new FakeCloudFormation(function.Lambda);
        Assert.Equal("CREATE_COMPLETE", await stack.CreateAsync(Set(function, One)));

        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await stack.UpdateAsync(Set(function, Broken)));

        Assert.StartsWith($"migrations/{Third}_c.sql:2:1: relation \"nothing\" does not exist [42P01]", (string?)stack.Answers[1]["Reason"], StringComparison.Ordinal);
        Assert.Equal(("migrations-db-ABC", Second, 2, "Kept"), DataOf(stack.Last));
        Assert.Equal($"{First} {Second}", await function.HistoryAsync());

        Assert.Equal("UPDATE_COMPLETE", await stack.UpdateAsync(Set(function, [.. Two, ($"{Third}_c.sql", "CREATE TABLE c ();\n")])));
        Assert.Equal($"{First} {Second} {Third}", await function.HistoryAsync());
    }

    [Fact]
    public async Task With_Down_a_rolled_back_stack_takes_back_what_it_had_applied_from_the_stored_texts()
    {
        await using var function = await TestFunction.CreateAsync(server);
        await using var stack = new FakeCloudFormation(function.Lambda);
        Assert.Equal("CREATE_COMPLETE", await stack.CreateAsync(Set(function, One, "Down")));

        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await stack.UpdateAsync(Set(function, Broken, "Down")));

        Assert.Equal(("migrations-db-ABC", First, 1, "TakenBack"), DataOf(stack.Last));
        Assert.Equal(First, await function.HistoryAsync());
        Assert.Null(await function.Database.AskAsync("select to_regclass('b')::text"));

        // The event comes once more, after the next deploy: it must not take that back.
        var rollback = stack.Events[^1];
        Assert.Equal("UPDATE_COMPLETE", await stack.UpdateAsync(Set(function, Two, "Down")));
        function.Lambda.Recycle();
        await stack.RepeatAsync(rollback);
        Assert.Equal($"{First} {Second}", await function.HistoryAsync());
    }

    [Theory]
    [InlineData("ALTER TABLE b ADD c int;\nCREATE INDEX CONCURRENTLY i ON b (missing);\n-- DOWN:\n-- ALTER TABLE b DROP c;\n")]
    [InlineData("ALTER TABLE b ADD c int;\nCREATE INDEX CONCURRENTLY i ON b (missing);\n")]
    public async Task What_can_t_be_taken_back_stays_and_the_stack_is_rolled_back(string text)
    {
        await using var function = await TestFunction.CreateAsync(server);
        await using var stack = new FakeCloudFormation(function.Lambda);
        Assert.Equal("CREATE_COMPLETE", await stack.CreateAsync(Set(function, One, "Down")));

        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await stack.UpdateAsync(Set(function, [.. Two, ($"{Third}_c.sql", text)], "Down")));

        Assert.Equal(("migrations-db-ABC", Second, 2, "Kept"), DataOf(stack.Last));
        Assert.StartsWith($"Nothing was taken back, the database stays at {Second}: ", (string?)stack.Last["Reason"], StringComparison.Ordinal);
        Assert.Contains(Third, (string?)stack.Last["Reason"], StringComparison.Ordinal);
        Assert.Equal($"{First} {Second}", await function.HistoryAsync());
    }

    [Fact]
    public async Task A_database_that_does_not_answer_holds_up_no_rollback()
    {
        await using var function = await TestFunction.CreateAsync(server);
        await using var stack = new FakeCloudFormation(function.Lambda);
        Assert.Equal("CREATE_COMPLETE", await stack.CreateAsync(Set(function, One)));
        function.Variables["MIGRATE_CONNECT_RETRY"] = "0";
        function.Variables["DB_PORT"] = PostgresServer.FreePort().ToString(CultureInfo.InvariantCulture);

        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await stack.UpdateAsync(Set(function, Two)));

        Assert.StartsWith("no PostgreSQL server listens", (string?)stack.Answers[1]["Reason"], StringComparison.Ordinal);
        Assert.Equal(("migrations-db-ABC", First, 0, "Kept"), DataOf(stack.Last));
        Assert.StartsWith("An older set changes nothing. The database could not be asked: no PostgreSQL server listens", (string?)stack.Last["Reason"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_create_that_fails_is_rolled_back_and_leaves_what_was_applied()
    {
        await using var function = await TestFunction.CreateAsync(server);
        await using var stack = new FakeCloudFormation(function.Lambda);
        Assert.Equal("ROLLBACK_COMPLETE", await stack.CreateAsync(Set(function, Broken)));
        Assert.Equal($"{First} {Second}", await function.HistoryAsync());
    }

    [Fact]
    public async Task A_repeated_event_answers_the_same_and_runs_nothing()
    {
        await using var function = await TestFunction.CreateAsync(server);
        await using var stack = new FakeCloudFormation(function.Lambda);
        await stack.CreateAsync(Set(function, Broken));
        var create = stack.Events[0];
        var logged = await function.Database.AskAsync("select count(*) from schema_migrations_log");

        var again = await stack.RepeatAsync(create);

        Assert.Equal(stack.Answers[0].ToJsonString(), again.ToJsonString());
        Assert.Equal(logged, await function.Database.AskAsync("select count(*) from schema_migrations_log"));
    }

    [Fact]
    public async Task A_long_reason_is_cut_to_what_CloudFormation_takes_and_begins_with_the_place()
    {
        await using var function = await TestFunction.CreateAsync(server);
        await using var stack = new FakeCloudFormation(function.Lambda);
        var text = "DO $$ BEGIN RAISE EXCEPTION '%', repeat('\"ä\\', 5000); END $$;\n";

        Assert.Equal("ROLLBACK_COMPLETE", await stack.CreateAsync(Set(function, [($"{First}_a.sql", text)])));

        var answer = stack.Answers[0];
        Assert.StartsWith($"migrations/{First}_a.sql:1:", (string?)answer["Reason"], StringComparison.Ordinal);
        Assert.EndsWith("(the function's log has the rest)", (string?)answer["Reason"], StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(answer.ToJsonString()), 3000, 4096);
    }

    [Fact]
    public async Task A_run_of_many_migrations_goes_on_in_further_invocations()
    {
        await using var function = await TestFunction.CreateAsync(server, TimeSpan.FromSeconds(14));
        await using var stack = new FakeCloudFormation(function.Lambda);
        function.Variables["MIGRATE_RESERVE"] = "10s";
        GiveAws(function);
        var set = Enumerable.Range(1, 5).Select(i => ($"20250101_00000{i}_m.sql", $"SELECT pg_sleep(1.5);\nCREATE TABLE m{i} ();\n"));

        var ended = await stack.CreateAsync(Set(function, [.. set]));

        Assert.True(ended == "CREATE_COMPLETE", stack.Answers[0].ToJsonString());
        Assert.True(function.Lambda.Answers.TryPeek(out var first)); // the last invocation has told CloudFormation, and may not have ended
        Assert.Equal("\"continue\"", first.Payload);
        Assert.Equal(5, (int?)stack.Last["Data"]!["Applied"]);
    }

    [Fact]
    public async Task What_is_not_done_when_CloudFormation_waits_no_longer_is_told_in_time()
    {
        await using var function = await TestFunction.CreateAsync(server);
        await using var stack = new FakeCloudFormation(function.Lambda);
        function.Variables["MIGRATE_RESERVE"] = "12s";
        var set = Set(function, [($"{First}_a.sql", "SELECT pg_sleep(600);\n")]);
        set.Properties["ServiceTimeout"] = "20";

        Assert.Equal("ROLLBACK_COMPLETE", await stack.CreateAsync(set));

        Assert.Contains("it was not done when the time of the run was over", (string?)stack.Answers[0]["Reason"], StringComparison.Ordinal);
        await function.Database.WaitForAsync("select count(*) = 0 from pg_stat_activity where datname = current_database() and query like 'SELECT pg_sleep%'");
    }

    [Fact]
    public async Task A_run_that_nothing_ends_is_called_failed_before_the_function_is_killed()
    {
        await using var function = await TestFunction.CreateAsync(server, TimeSpan.FromSeconds(15));
        await using var stack = new FakeCloudFormation(function.Lambda);
        function.Variables["MIGRATE_RESERVE"] = "0";
        function.Variables["MIGRATE_CONNECT_RETRY"] = "0";
        function.Variables["DB_CONNECT_TIMEOUT"] = "10min";
        using var silent = new SilentServer();
        function.Variables["DB_PORT"] = silent.Port.ToString(CultureInfo.InvariantCulture);

        await stack.CreateAsync(Set(function, One));

        Assert.StartsWith("the function's time is over, and it does not come to an end", (string?)stack.Answers[0]["Reason"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_function_answers_nothing_and_the_stack_is_rolled_back_all_the_same()
    {
        await using var function = await TestFunction.CreateAsync(server);
        await using var stack = new FakeCloudFormation(function.Lambda);
        Assert.Equal("CREATE_COMPLETE", await stack.CreateAsync(Set(function, One)));
        var update = stack.UpdateAsync(Set(function, [.. One, ($"{Second}_b.sql", "SELECT pg_sleep(600);\n")]));
        await function.Database.WaitForAsync("select count(*) > 0 from pg_stat_activity where datname = current_database() and query like 'SELECT pg_sleep%'");
        function.Lambda.Kill();
        stack.LosePatience();

        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", await update);

        Assert.Contains("did not receive a response", (string?)stack.Answers[1]["Reason"], StringComparison.Ordinal);
        Assert.Equal(First, await function.HistoryAsync());
    }

    private static StackSet Set(TestFunction function, (string Name, string Text)[] files, string? onRollback = null)
    {
        var properties = new JsonObject
        {
            ["ServiceToken"] = "arn",
            ["ServiceTimeout"] = "3600",
            ["MigrationsHash"] = string.Join(' ', files.Select(file => $"{file.Text.Length}")),
            ["Database"] = "db-ABC",
            ["Environment"] = "test",
            ["Version"] = files[^1].Name[..15],
        };
        if (onRollback is not null)
            properties["OnStackRollback"] = onRollback;
        return new StackSet(() => function.Replace(files), properties);
    }

    private static void GiveAws(TestFunction function)
    {
        function.Variables["AWS_LAMBDA_FUNCTION_NAME"] = function.Lambda.Name;
        function.Variables["AWS_ENDPOINT_URL_LAMBDA"] = function.Lambda.Endpoint;
        function.Variables["AWS_REGION"] = "eu-central-1";
        function.Variables["AWS_ACCESS_KEY_ID"] = "AKIDTEST";
        function.Variables["AWS_SECRET_ACCESS_KEY"] = "not-so-secret";
    }

    private static (string? Id, string? Version, int? Applied, string? Status) DataOf(JsonNode answer) => (
        (string?)answer["PhysicalResourceId"], (string?)answer["Data"]?["Version"], (int?)answer["Data"]?["Applied"], (string?)answer["Data"]?["Status"]);
}
