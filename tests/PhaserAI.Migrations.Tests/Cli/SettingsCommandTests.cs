using System.Text.Json;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary><c>settings</c>: what counts, where it comes from, and nothing that is secret. It asks no server.</summary>
public sealed class SettingsCommandTests : IDisposable
{
    private readonly MigrationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_value_comes_with_its_place()
    {
        Write("migrate.toml", "db_name = \"phaserai\"\n\n[environments.prod]\ndb_host = \"db.invalid\"\nretry_budget = \"5min\"\n");
        Write(".env", "# local\nDB_PASSWORD=s3cr3t\n");
        var cli = new CliRunner(_folder, null) { Variables = { ["ENVIRONMENT"] = "production", ["MIGRATE_LOCK_TIMEOUT"] = "4s", ["HOME"] = _folder.Project } };
        var result = await cli.RunAsync("settings", "--lock-wait", "7s");
        Assert.True(result.Code == 0, result.ToString());
        AssertRow(result, "ENVIRONMENT", "prod", "variable ENVIRONMENT");
        AssertRow(result, "MIGRATE_LOCK_WAIT", "7s", "--lock-wait");
        AssertRow(result, "MIGRATE_LOCK_TIMEOUT", "4s", "variable MIGRATE_LOCK_TIMEOUT");
        AssertRow(result, "MIGRATE_RETRY_BUDGET", "5min", "migrate.toml:5");
        AssertRow(result, "DB_HOST", "db.invalid", "migrate.toml:4");
        AssertRow(result, "DB_NAME", "phaserai", "migrate.toml:1");
        AssertRow(result, "DB_PASSWORD", "***", ".env:2");
        AssertRow(result, "DB_PORT", "5432", "default");
        AssertRow(result, "DB_SSLMODE", "verify-full", "default of prod");
        AssertRow(result, "DATABASE_URL", "", "not set");
        Assert.Contains("files: .env, migrate.toml", result.Out, StringComparison.Ordinal);
        Assert.Contains("database: phaserai on db.invalid:5432", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", result.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://me:s3cr3t@db.invalid:99/x?sslmode=require", "postgres://me:***@db.invalid:99/x?sslmode=require")]
    [InlineData("postgres://me@db.invalid:99/x?sslmode=require", "postgres://me@db.invalid:99/x?sslmode=require")]
    [InlineData("Host=db.invalid;Port=99;Username=me;Password=s3cr3t;Database=x;SSL Mode=Require", "Password=***")]
    public async Task A_URL_is_shown_without_its_password_and_its_parts_as_what_counts(string url, string shown)
    {
        Write(".env", $"DATABASE_URL='{url}'\nDB_NAME=other\n");
        var cli = new CliRunner(_folder, null) { Variables = { ["HOME"] = _folder.Project } };
        var result = await cli.RunAsync("settings");
        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains(shown, result.Out, StringComparison.Ordinal);
        AssertRow(result, "DB_HOST", "db.invalid", ".env:1");
        AssertRow(result, "DB_PORT", "99", ".env:1");
        AssertRow(result, "DB_NAME", "x", ".env:1");
        AssertRow(result, "DB_SSLMODE", "require", ".env:1");
        Assert.DoesNotContain("s3cr3t", result.ToString(), StringComparison.Ordinal);

        cli.Variables["DB_HOST"] = "stronger.invalid";
        result = await cli.RunAsync("settings");
        AssertRow(result, "DB_HOST", "stronger.invalid", "variable DB_HOST");
        AssertRow(result, "DATABASE_URL", "", "not set");
        Assert.Contains(".env:1: DATABASE_URL names another server than variable DB_HOST", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_URL_beside_DB_HOST_is_shown_as_not_used()
    {
        var cli = new CliRunner(_folder, null) { Variables = { ["DB_HOST"] = "db.invalid", ["DATABASE_URL"] = "postgres://me:s3cr3t@url.invalid/x" } };
        var result = await cli.RunAsync("settings");
        AssertRow(result, "DATABASE_URL", "postgres://me:***@url.invalid/x", "variable DATABASE_URL, not used");
        AssertRow(result, "DB_HOST", "db.invalid", "variable DB_HOST");
    }

    [Fact]
    public async Task Passwords_of_libpqs_files_are_shown_with_their_line()
    {
        Write(".pgpass", "# mine\n*:*:*:*:s3cr3t\n");
        Write(".pg_service.conf", "[mine]\nhost=db.invalid\nuser=me\n");
        var cli = new CliRunner(_folder, null) { Variables = { ["PGSERVICE"] = "mine", ["HOME"] = _folder.Project } };
        var result = await cli.RunAsync("settings");
        Assert.True(result.Code == 0, result.ToString());
        AssertRow(result, "DB_HOST", "db.invalid", $"{_folder.Project}/.pg_service.conf:2");
        AssertRow(result, "DB_USER", "me", $"{_folder.Project}/.pg_service.conf:3");
        AssertRow(result, "DB_PASSWORD", "***", $"{_folder.Project}/.pgpass:2");
        Assert.DoesNotContain("s3cr3t", result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_problems_are_shown_at_once_and_the_exit_code_is_2()
    {
        Write("migrate.toml", "lock_wiat = 1\ndb_port = 'x'\n");
        Write(".env", "DB_HOST\nDB_PASWORD=s3cr3t\n");
        var cli = new CliRunner(_folder, null) { Variables = { ["ENVIRONMENT"] = "pord", ["MIGRATE_LOCK_TIMEOUT"] = "soon" } };
        var result = await cli.RunAsync("settings");
        Assert.Equal(2, result.Code);
        AssertRow(result, "MIGRATE_LOCK_TIMEOUT", "soon", "variable MIGRATE_LOCK_TIMEOUT");
        string[] messages =
        [
            ".env:1: after the name there is no =", "migrate.toml:1:1: there is no setting lock_wiat", "migrate.toml:2:11: db_port is \"x\"",
            "there is no environment \"pord\"", "MIGRATE_LOCK_TIMEOUT is \"soon\"", "did you mean DB_PASSWORD?",
        ];
        Assert.All(messages, message => Assert.Single(Lines(result.Error), line => line.Contains(message, StringComparison.Ordinal)));
        Assert.DoesNotContain("s3cr3t", result.ToString(), StringComparison.Ordinal);

        // Another command names the first, and how to see them all.
        result = await cli.RunAsync("status");
        Assert.Equal(2, result.Code);
        Assert.Contains("settings shows all 4 problems", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DB_NAME", "x", "DB_NAME is set, but DB_HOST is not")]
    [InlineData("DATABASE_URL", "postgres://u:s3cr3t@/x", "DATABASE_URL can't be read")]
    [InlineData("ENVIRONMENT", "prod", "no database is set for the environment prod")]
    public async Task What_would_stop_every_command_is_a_problem(string name, string value, string message)
    {
        var result = await new CliRunner(_folder, null) { Variables = { [name] = value } }.RunAsync("settings");
        Assert.Equal(2, result.Code);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_JSON_it_is_one_document()
    {
        Write("migrate.toml", "lock_wait = \"1min\"\nretry_budget = 'x'\n");
        var cli = new CliRunner(_folder, null) { Variables = { ["DB_HOST"] = "db.invalid", ["DB_PASSWORD"] = "s3cr3t" } };
        var result = await cli.RunAsync("settings", "--output", "json");
        Assert.Equal(2, result.Code);
        Assert.Empty(result.Error);
        var settings = result.Json.GetProperty("settings").EnumerateArray().ToDictionary(setting => setting.GetProperty("name").GetString()!, StringComparer.Ordinal);
        Assert.Equal("dev", result.Json.GetProperty("environment").GetString());
        Assert.Equal("***", settings["DB_PASSWORD"].GetProperty("value").GetString());
        Assert.True(settings["DB_PASSWORD"].GetProperty("secret").GetBoolean());
        Assert.Equal("lock_wait", settings["MIGRATE_LOCK_WAIT"].GetProperty("key").GetString());
        Assert.Equal("1min", settings["MIGRATE_LOCK_WAIT"].GetProperty("value").GetString());
        Assert.Equal("migrate.toml:1", settings["MIGRATE_LOCK_WAIT"].GetProperty("source").GetString());
        Assert.Equal(JsonValueKind.Null, settings["DB_HISTORY_SCHEMA"].GetProperty("value").ValueKind);
        Assert.Contains("retry_budget is \"x\"", Assert.Single(result.Json.GetProperty("problems").EnumerateArray()).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Lines(string text) => text.Split('\n');

    private static void AssertRow(CliResult result, string name, string value, string source)
    {
        var row = Assert.Single(Lines(result.Out), line => line.StartsWith($"  {name} ", StringComparison.Ordinal));
        Assert.Equal($"{name} {value} {source}".Replace("  ", " ", StringComparison.Ordinal), string.Join(' ', row.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.Project, name), text);
}
