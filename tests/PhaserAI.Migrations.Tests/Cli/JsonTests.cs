using System.Text.Json;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>With <c>--output json</c> every command answers with one document, whose fields programs rely on.</summary>
public sealed class JsonTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _folder.Write("20250101_000000_a.sql", "-- Description: Makes a\nCREATE TABLE a ();\nVACUUM a;\n-- DOWN:\n-- DROP TABLE a;\n");
        _folder.Write("20250101_000001_b.sql", "BEGIN ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE b ();\nCOMMIT;\n");
    }

    [Theory]
    [InlineData("status")]
    [InlineData("list")]
    public async Task Status_and_list(string command)
    {
        await RunAsync(0, "up", "20250101_000000");
        _folder.Write("20250102_000000_c.sql", "SELECT 1;\n");
        var json = await RunAsync(0, command);
        AssertFields(json, "target", "migrations", "summary", "problems");
        AssertTarget(json.GetProperty("target"));
        AssertFields(json.GetProperty("summary"), "applied", "pending", "missing", "changed", "partial", "skipped");
        Assert.Equal((1, 2), (json.GetProperty("summary").GetProperty("applied").GetInt32(), json.GetProperty("summary").GetProperty("pending").GetInt32()));

        var (applied, pending) = (json.GetProperty("migrations")[0], json.GetProperty("migrations")[1]);
        AssertFields(applied, "version", "file", "description", "state", "appliedAt", "executionTimeMs", "finishedSteps", "environments");
        Assert.Equal("20250101_000000 20250101_000000_a.sql Makes a applied", Join(applied, "version", "file", "description", "state"));
        Assert.True(applied.GetProperty("appliedAt").GetDateTimeOffset() > DateTimeOffset.UnixEpoch);
        Assert.True(applied.GetProperty("executionTimeMs").GetInt32() >= 0);
        Assert.Equal("pending", pending.GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, pending.GetProperty("appliedAt").ValueKind);
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("up", "--dry-run")]
    public async Task Plan_and_up_dry_run(params string[] args)
    {
        var json = await RunAsync(0, args);
        AssertFields(json, "direction", "target", "migrations", "skipped", "problems", "findings");
        Assert.Equal("up", json.GetProperty("direction").GetString());
        AssertTarget(json.GetProperty("target"));
        var (a, b) = (json.GetProperty("migrations")[0], json.GetProperty("migrations")[1]);
        AssertFields(a, "version", "file", "description", "fromStoredText", "destroys", "steps");
        AssertFields(a.GetProperty("steps")[0], "number", "kind", "beginOptions", "done", "statements");
        Assert.Equal("transaction autocommit", string.Join(' ', a.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("kind").GetString())));
        Assert.Equal("ISOLATION LEVEL SERIALIZABLE", b.GetProperty("steps")[0].GetProperty("beginOptions").GetString());
        var statement = b.GetProperty("steps")[0].GetProperty("statements")[0];
        AssertFields(statement, "sql", "file", "line", "column", "dataLines");
        Assert.Equal("CREATE TABLE b () infra/migrations/20250101_000001_b.sql 2 1 0", Join(statement, "sql", "file", "line", "column", "dataLines"));
        Assert.Null(await _database!.AskAsync("select to_regclass('schema_migrations')::text"));
    }

    [Fact]
    public async Task Up_and_down()
    {
        var up = await RunAsync(0, "up");
        AssertFields(up, "direction", "target", "succeeded", "backup", "finished", "unconfirmed", "failure", "problems", "findings", "notices", "results", "waits", "retries", "builds", "status", "left");
        Assert.Equal(("up", true), (up.GetProperty("direction").GetString(), up.GetProperty("succeeded").GetBoolean()));
        AssertTarget(up.GetProperty("target"));
        AssertFields(up.GetProperty("finished")[0], "version", "file", "durationMs");
        Assert.Equal("20250101_000000 20250101_000001", string.Join(' ', up.GetProperty("finished").EnumerateArray().Select(done => done.GetProperty("version").GetString())));
        Assert.Equal(JsonValueKind.Null, up.GetProperty("failure").ValueKind);
        Assert.Equal(2, up.GetProperty("status").GetProperty("summary").GetProperty("applied").GetInt32());

        var irreversible = await RunAsync(3, "down");
        Assert.False(irreversible.GetProperty("succeeded").GetBoolean());
        AssertFields(irreversible.GetProperty("problems")[0], "file", "line", "column", "message", "next");
        Assert.Contains("no DOWN section", irreversible.GetProperty("problems")[0].GetProperty("message").GetString(), StringComparison.Ordinal);

        _folder.Write("20250101_000001_b.sql", "BEGIN ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE b ();\nCOMMIT;\n-- DOWN:\n-- DROP TABLE b;\n");
        var plan = await RunAsync(0, "down", "--dry-run");
        Assert.Equal("down DROP TABLE b", $"{plan.GetProperty("direction")} {plan.GetProperty("migrations")[0].GetProperty("steps")[0].GetProperty("statements")[0].GetProperty("sql")}");
        var down = await RunAsync(0, "down");
        Assert.Equal("down", down.GetProperty("direction").GetString());
        Assert.Equal(1, down.GetProperty("status").GetProperty("summary").GetProperty("pending").GetInt32());
    }

    [Fact]
    public async Task A_migration_that_fails()
    {
        _folder.Write("20250101_000001_b.sql", "SELECT '😀',\n  nope;\n");
        var json = await RunAsync(1, "up");
        Assert.False(json.GetProperty("succeeded").GetBoolean());
        var failure = json.GetProperty("failure");
        AssertFields(
            failure,
            "version", "file", "line", "column", "excerpt", "sqlState", "message", "detail", "hint", "context", "statement", "finishedSteps", "stepCount",
            "cancelled", "outOfTime", "connectionLost", "committed", "inAutocommit", "blockers", "state", "next");
        Assert.Equal(
            "20250101_000001 infra/migrations/20250101_000001_b.sql 2 3   nope; 42703 column \"nope\" does not exist",
            Join(failure, "version", "file", "line", "column", "excerpt", "sqlState", "message"));
        Assert.Equal("20250101_000000", Assert.Single(json.GetProperty("finished").EnumerateArray()).GetProperty("version").GetString());
        Assert.Equal(1, json.GetProperty("status").GetProperty("summary").GetProperty("applied").GetInt32());
    }

    [Fact]
    public async Task New()
    {
        var json = await RunAsync(0, "new", "c");
        AssertFields(json, "file");
        Assert.True(File.Exists(Path.Combine(_folder.Project, json.GetProperty("file").GetString()!)));
    }

    [Fact]
    public async Task No_connection_and_an_unknown_version()
    {
        var unknown = await RunAsync(2, "up", "20200101_000000");
        AssertFields(unknown, "error");
        AssertFields(unknown.GetProperty("error"), "exitCode", "message", "detail", "next");
        Assert.Equal(2, unknown.GetProperty("error").GetProperty("exitCode").GetInt32());

        var cli = new CliRunner(_folder, _database) { Variables = { ["DB_NAME"] = "no_such_database" } };
        var lost = await cli.RunAsync("status", "-o", "json");
        Assert.Equal((5, 5), (lost.Code, lost.Json.GetProperty("error").GetProperty("exitCode").GetInt32()));
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
    }

    private async Task<JsonElement> RunAsync(int code, params string[] args)
    {
        var result = await new CliRunner(_folder, _database).RunAsync([.. args, "--output", "json"]);
        Assert.True(result.Code == code, result.ToString());
        Assert.Empty(result.Error);
        return result.Json;
    }

    private void AssertTarget(JsonElement target)
    {
        AssertFields(target, "environment", "host", "port", "database", "user", "embedded");
        Assert.Equal($"dev {_database!.Address.Host} {_database.Address.Port} {_database.Address.Database} {_database.Address.Username} False", Join(target, "environment", "host", "port", "database", "user", "embedded"));
    }

    private static void AssertFields(JsonElement element, params string[] names) =>
        Assert.Equal(names, element.EnumerateObject().Select(field => field.Name));

    private static string Join(JsonElement element, params string[] names) => string.Join(' ', names.Select(name => element.GetProperty(name).ToString()));
}
