using System.Text.Json;
using System.Text.RegularExpressions;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Cli.Output.Json;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary><c>--log-format json</c>: a line of JSON for each event, and nothing else on the standard error.</summary>
public sealed partial class StructuredLogTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    public async ValueTask InitializeAsync() => _database = await server.CreateDatabaseAsync();

    [Fact]
    public async Task A_run_that_fails_is_told_line_by_line()
    {
        _folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\nCREATE TABLE IF NOT EXISTS a ();\nSELECT 1;\n-- DOWN:\n-- DROP TABLE a;\n");
        _folder.Write("20250101_000002_b.sql", "SELECT nope;\n");

        var failed = await Cli().RunAsync("up", "--log-format", "json");

        Assert.True(failed.Code == 1, failed.ToString());
        var lines = Lines(failed);
        Assert.Equal(
            ["migration.started", "notice", "rows", "migration.finished", "migration.started", "migration.failed", "run.finished", "call.finished"],
            lines.Select(line => Text(line, "event")).Where(name => name is not "note"));
        var done = lines.Single(line => Text(line, "event") == "migration.finished");
        Assert.Equal("info 20250101_000001 20250101_000001_a.sql up done", $"{Text(done, "level")} {Text(done, "version")} {Text(done, "file")} {Text(done, "direction")} {Text(done, "outcome")}");
        Assert.True(done.GetProperty("durationMs").GetDouble() >= 0);
        var failure = lines.Single(line => Text(line, "event") == "migration.failed");
        Assert.Equal("error 42703 1 8 column \"nope\" does not exist", $"{Text(failure, "level")} {Text(failure, "sqlState")} {failure.GetProperty("line")} {failure.GetProperty("column")} {Text(failure, "error")}");
        Assert.Equal("failed error 1", $"{Text(lines[^2], "outcome")} {Text(lines[^2], "level")} {lines[^1].GetProperty("exitCode")}");
        Assert.Single(lines.Select(line => Text(line, "runId")).Distinct());
        Assert.All(lines.Where(line => Text(line, "event") != "note"), line => Assert.Equal(
            $"up dev {_database!.Address.Database} postgres {Environment.UserName} {Environment.MachineName}",
            $"{Text(line, "command")} {Text(line, "environment")} {Text(line, "database")} {Text(line, "databaseUser")} {Text(line, "osUser")} {Text(line, "host")}"));
        Assert.Contains("1 applied, 1 pending", failed.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_result_stays_one_document_on_the_standard_output()
    {
        _folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n");

        var up = await new CliRunner(_folder, _database) { IsTerminal = true }.RunAsync("up", "--log-format", "json", "-o", "json");

        Assert.True(up.Json.GetProperty("succeeded").GetBoolean());
        Assert.Equal("0", Lines(up)[^1].GetProperty("exitCode").ToString());
    }

    [Fact]
    public async Task What_is_refused_or_mistyped_is_logged_too()
    {
        _folder.Write("20250101_000001_a.sql", "BEGIN;\n");
        Assert.Contains("problem", Lines(await Cli().RunAsync("up", "--log-format", "json")).Select(line => Text(line, "event")));
        var prod = Cli();
        prod.Variables["ENVIRONMENT"] = "prod";
        _folder.Write("20250101_000001_a.sql", "SELECT 1;\n");
        var refused = Lines(await prod.RunAsync("up", "--log-format", "json"));
        Assert.Equal(["call.failed", "call.finished"], refused.Select(line => Text(line, "event")));
        Assert.Equal("6", refused[0].GetProperty("exitCode").ToString());
        Assert.Equal(2, (await Cli().RunAsync("up", "--log-format", "xml")).Code);

        Assert.Equal("20250101_000001", Text(Lines(await Cli().RunAsync("repair", "--applied", "20250101_000001", "--reason", "x", "--log-format", "json")).Single(line => Text(line, "event") == "history.changed"), "version"));
    }

    [Fact]
    public void The_reference_lists_every_event_and_field()
    {
        var page = File.ReadAllText(Path.Combine(MigrationFolder.RepositoryRoot, "docs", "reference", "events.md"));
        var tables = page.Split("| Field | Meaning |");

        Assert.Equal(LogEvents.All.Select(known => $"| `{known.Name}` | {known.Level} | {known.When} |"), tables[0].Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)));
        var fields = LogContext.Default.LogLine.Properties.Select(property => property.Name).Where(name => name != "equalityContract");
        Assert.Equal(fields, Field().Matches(tables[1]).Select(match => match.Groups[1].Value));
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
    }

    private static JsonElement[] Lines(CliResult result) =>
        [.. result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string? Text(JsonElement line, string field) => line.TryGetProperty(field, out var value) ? value.GetString() : null;

    private CliRunner Cli() => new(_folder, _database);

    [GeneratedRegex("^\\| `(.*?)` \\|", RegexOptions.Multiline)]
    private static partial Regex Field();
}
