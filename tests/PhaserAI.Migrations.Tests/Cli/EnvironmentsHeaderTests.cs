using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>A migration for other environments is shown as skipped, and never counted as pending.</summary>
public sealed class EnvironmentsHeaderTests(PostgresServer server)
{
    [Fact]
    public async Task It_is_skipped_in_one_environment_and_applied_in_another()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n");
        folder.Write("20250101_000002_samples.sql", "-- Environments: dev, staging\nCREATE TABLE samples ();\n");
        CliRunner Cli(string environment) => new(folder, database) { Variables = { ["ENVIRONMENT"] = environment } };

        var plan = await Cli("test").RunAsync("plan");
        Assert.Contains("Skipped: 20250101_000002_samples.sql, which is only for dev, staging.", plan.Out, StringComparison.Ordinal);
        Assert.Equal("20250101_000002", Assert.Single((await Cli("test").RunAsync("plan", "-o", "json")).Json.GetProperty("skipped").EnumerateArray()).GetProperty("version").GetString());

        Assert.Equal(0, (await Cli("test").RunAsync("up")).Code);
        var status = await Cli("test").RunAsync("status", "--check");
        Assert.True(status.Code == 0, status.ToString());
        Assert.Contains("skipped", status.Out, StringComparison.Ordinal);
        Assert.Contains("(only for dev, staging)", status.Out, StringComparison.Ordinal);
        Assert.Contains("1 applied, 0 pending, 1 skipped", status.Out, StringComparison.Ordinal);
        Assert.Contains("skipped  20250101_000002_samples.sql", (await Cli("test").RunAsync("list")).Out, StringComparison.Ordinal);
        var json = (await Cli("test").RunAsync("status", "-o", "json")).Json;
        Assert.Equal(1, json.GetProperty("summary").GetProperty("skipped").GetInt32());
        Assert.Equal(["dev", "staging"], json.GetProperty("migrations")[1].GetProperty("environments").EnumerateArray().Select(name => name.GetString()));
        Assert.Contains("no migration is pending", (await Cli("test").RunAsync("up")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await Cli("test").RunAsync("validate", "--deep")).Code);

        var dev = await Cli("dev").RunAsync("up");
        Assert.True(dev.Code == 0, dev.ToString());
        Assert.Equal("samples", await database.AskAsync("select to_regclass('samples')"));
    }
}
