using System.Globalization;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Lambda;

/// <summary>A request is a call of the command line: its document is the answer, its failure a function error that helps.</summary>
public sealed class ActionTests(PostgresServer server)
{
    [Fact]
    public async Task Up_applies_status_tells_and_down_takes_back()
    {
        await using var function = await TestFunction.CreateAsync(server);
        function.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n-- DOWN:\n-- DROP TABLE a;\n");
        function.Write("20250101_000002_b.sql", "CREATE TABLE b ();\n-- DOWN:\n-- DROP TABLE b;\n");

        var up = await function.InvokeAsync("""{"action":"up","version":"20250101_000001"}""");
        Assert.False(up.IsError, up.Payload);
        Assert.True((bool)up.Json["succeeded"]!);
        Assert.Equal("20250101_000001", await function.HistoryAsync());

        var status = await function.InvokeAsync("""{"action":"status"}""");
        Assert.Equal((1, 1), ((int)status.Json["summary"]!["applied"]!, (int)status.Json["summary"]!["pending"]!));

        Assert.False((await function.InvokeAsync("""{"action":"up"}""")).IsError);
        Assert.Equal("20250101_000001 20250101_000002", await function.HistoryAsync());

        var shown = await function.InvokeAsync("""{"action":"down","dryRun":true}""");
        Assert.Equal("DROP TABLE b", (string?)shown.Json["migrations"]![0]!["steps"]![0]!["statements"]![0]!["sql"]);
        Assert.Equal("20250101_000001 20250101_000002", await function.HistoryAsync());

        Assert.False((await function.InvokeAsync("""{"action":"down"}""")).IsError);
        Assert.Equal("20250101_000001", await function.HistoryAsync());
    }

    [Fact]
    public async Task A_plan_of_more_than_Lambda_takes_has_the_beginnings_of_its_statements()
    {
        await using var function = await TestFunction.CreateAsync(server);
        function.Write("20250101_000001_a.sql", $"CREATE TABLE a (t text);\nINSERT INTO a VALUES ({string.Join("'), ('", Enumerable.Repeat("it''s", 700_000)).Insert(0, "'")}');\n");

        var answer = await function.InvokeAsync("""{"action":"plan"}""");

        Assert.False(answer.IsError, answer.Payload[..Math.Min(500, answer.Payload.Length)]);
        Assert.True((bool)answer.Json["cut"]!);
        var statements = answer.Json["migrations"]![0]!["steps"]![0]!["statements"]!;
        Assert.Equal("CREATE TABLE a (t text)", (string?)statements[0]!["sql"]);
        Assert.StartsWith("INSERT INTO a VALUES ('it''s'), ('it''s')", (string?)statements[1]!["sql"], StringComparison.Ordinal);
        Assert.EndsWith("…", (string?)statements[1]!["sql"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"action":"plan"}""", "migrations")]
    [InlineData("""{"action":"validate"}""", "findings")]
    [InlineData("""{"action":"history"}""", "entries")]
    public async Task Every_report_is_the_command_s_own_document(string request, string member)
    {
        await using var function = await TestFunction.CreateAsync(server);
        function.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n");

        var answer = await function.InvokeAsync(request);

        Assert.False(answer.IsError, answer.Payload);
        Assert.NotNull(answer.Json[member]);
    }

    [Fact]
    public async Task A_failure_says_where_why_what_is_left_and_what_is_next()
    {
        await using var function = await TestFunction.CreateAsync(server);
        function.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n");
        function.Write("20250101_000002_b.sql", "-- UP:\nCREATE TABLE b ();\nALTER TABLE nothing ADD c int;\n");

        var answer = await function.InvokeAsync("""{"action":"up"}""");

        Assert.Equal("MigrationFailed", answer.ErrorType);
        Assert.Equal(
            """
            migrations/20250101_000002_b.sql:3:1: relation "nothing" does not exist [42P01]
            20250101_000002 was rolled back: it left no trace.
            next: mend migrations/20250101_000002_b.sql and run the action up again.
            """.ReplaceLineEndings("\n"),
            answer.ErrorMessage);
        Assert.Equal("20250101_000001", await function.HistoryAsync());
        await function.Lambda.WaitForLogAsync("\"event\":\"migration.failed\"");
    }

    [Fact]
    public async Task What_invoked_it_stands_in_the_history()
    {
        await using var function = await TestFunction.CreateAsync(server);
        function.Variables["ENVIRONMENT"] = "prod";
        function.Variables["MIGRATE_RDS_BACKUP"] = "none";
        function.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n");

        Assert.False((await function.InvokeAsync("""{"action":"up"}""")).IsError);

        var reason = await function.Database.AskAsync("select reason from schema_migrations_log where version = '20250101_000001'");
        Assert.Matches("^confirmed by the invocation of Lambda [0-9a-f-]{36}", reason);
        Assert.DoesNotContain("--yes", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"action":"sing"}""", "there is no action \"sing\"", "\"up\", \"down\", \"status\", \"plan\", \"validate\", \"history\", \"backup-info\"")]
    [InlineData("""{"aktion":"up"}""", "the request has a field \"aktion\"", "action, version, dryRun and backup")]
    [InlineData("{}", "the request has no action", "for example {\"action\":\"status\"}")]
    [InlineData("""{"action":"up","version":20250101}""", "version is a number", "\"20250102_143000\"")]
    [InlineData("""{"action":"up","version":"--no-backup"}""", "\"--no-backup\" is no version", "YYYYMMDD_HHMMSS")]
    [InlineData("""{"action":"up","dryRun":"yes"}""", "dryRun is a string", "true or false")]
    [InlineData("""{"action":"up","backup":"later"}""", "there is no backup \"later\"", "\"snapshot\", \"pitr\", \"none\"")]
    [InlineData("""{"action":"status","version":"20250101_000001"}""", "the action status takes no version", "up, down and plan")]
    [InlineData("""["up"]""", "the request is a list", "{\"action\":\"status\"}")]
    [InlineData("up", "the request is no JSON", "{\"action\":\"status\"}")]
    public async Task A_request_that_is_none_is_refused_with_what_there_is(string request, string what, string there)
    {
        await using var function = await TestFunction.CreateAsync(server);
        var answer = await function.InvokeAsync(request);
        Assert.Equal("Usage", answer.ErrorType);
        Assert.Contains(what, answer.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains(there, answer.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public async Task Without_a_database_the_settings_are_named_and_none_is_started(string environment)
    {
        await using var function = await TestFunction.CreateAsync(server);
        function.Variables["ENVIRONMENT"] = environment;
        foreach (var name in (string[])["DB_HOST", "DB_PORT", "DB_NAME", "DB_USER"])
            function.Variables.Remove(name);

        var answer = await function.InvokeAsync("""{"action":"status"}""");

        Assert.Equal("Usage", answer.ErrorType);
        Assert.Contains($"no database is set for the environment {environment}", answer.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("Set DB_SECRET_ARN", answer.ErrorMessage, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(function.Folder, ".phaserai")));
    }

    [Fact]
    public async Task A_function_without_migrations_says_so_at_its_start()
    {
        await using var function = await TestFunction.CreateAsync(server);
        Directory.Delete(function.Migrations);
        var answer = await function.InvokeAsync("""{"action":"status"}""");
        Assert.Equal("Usage", answer.ErrorType);
        Assert.Contains("scripts/build-lambda.sh", answer.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dead_function_is_started_again_and_goes_on()
    {
        await using var function = await TestFunction.CreateAsync(server);
        function.Write("20250101_000001_a.sql", "SELECT pg_sleep(600);\n");
        var killed = function.InvokeAsync("""{"action":"up"}""");
        await function.Database.WaitForAsync("select count(*) > 0 from pg_stat_activity where datname = current_database() and query like 'SELECT pg_sleep%'");
        function.Lambda.Kill();
        Assert.Equal("Runtime.ExitError", (await killed).ErrorType);
        await function.Database.ExecuteAsync("select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = current_database() and query like 'SELECT pg_sleep%'");
        function.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n");

        var answer = await function.InvokeAsync("""{"action":"up"}""");

        Assert.False(answer.IsError, string.Create(CultureInfo.InvariantCulture, $"{answer.Payload}"));
        Assert.Equal("20250101_000001", await function.HistoryAsync());
    }

    [Fact]
    public async Task A_function_whose_time_is_no_longer_than_its_reserve_says_so_instead_of_going_on_for_ever()
    {
        await using var function = await TestFunction.CreateAsync(server, TimeSpan.FromSeconds(60));

        var answer = await function.InvokeAsync("""{"action":"up"}""");

        Assert.Equal("Usage", answer.ErrorType);
        Assert.Contains("(MIGRATE_RESERVE), so it can begin nothing", answer.ErrorMessage, StringComparison.Ordinal);
        Assert.False((await function.InvokeAsync("""{"action":"status"}""")).IsError);
    }

    [Fact]
    public async Task It_serves_one_invocation_after_the_other_in_one_process()
    {
        await using var function = await TestFunction.CreateAsync(server);
        await function.InvokeAsync("""{"action":"status"}""");
        var process = function.Lambda.Sandbox!.ProcessId;
        await function.InvokeAsync("""{"action":"sing"}""");
        await function.InvokeAsync("""{"action":"status"}""");
        Assert.Equal(process, function.Lambda.Sandbox!.ProcessId);
    }
}
