using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>With nothing configured the tool brings its own database, and <c>dev</c> looks after it.</summary>
public sealed class DevCommandTests
{
    [Fact]
    public async Task A_project_without_any_setting_gets_a_database_that_dev_commands_look_after()
    {
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n-- DOWN:\n-- DROP TABLE a;\n");
        var cli = new CliRunner(folder, null);
        Assert.Equal("absent", (await cli.RunAsync("dev", "status", "--output", "json")).Json.GetProperty("state").GetString());
        try
        {
            var up = await cli.RunAsync("up");
            Assert.True(up.Code == 0, up.ToString());
            Assert.Contains("Development database: phaserai_dev on 127.0.0.1:", up.Error, StringComparison.Ordinal);
            Assert.Contains("set DB_HOST to use another server", up.Error, StringComparison.Ordinal);
            Assert.Contains("1 applied, 0 pending", up.Out, StringComparison.Ordinal);

            var running = (await cli.RunAsync("dev", "status", "--output", "json")).Json;
            Assert.Equal("running", running.GetProperty("state").GetString());
            Assert.True(running.GetProperty("port").GetInt32() > 0);
            Assert.Contains("Already running", (await cli.RunAsync("dev", "start")).Out, StringComparison.Ordinal);
            Assert.Equal(0, (await cli.RunAsync("dev", "psql", "--", "-qc", "INSERT INTO a DEFAULT VALUES")).Code);
            Assert.Equal(1, (await cli.RunAsync("dev", "psql", "--", "-qc", "SELECT * FROM missing")).Code);

            Assert.Contains("Stopped", (await cli.RunAsync("dev", "stop")).Out, StringComparison.Ordinal);
            Assert.Contains("Not running", (await cli.RunAsync("dev", "status")).Out, StringComparison.Ordinal);
            Assert.Contains("1 applied", (await cli.RunAsync("status")).Out, StringComparison.Ordinal);

            Assert.Equal(6, (await cli.RunAsync("dev", "reset")).Code);
            Assert.Equal(0, (await cli.RunAsync("dev", "reset", "--yes")).Code);
            Assert.Contains("0 applied, 1 pending", (await cli.RunAsync("status")).Out, StringComparison.Ordinal);
        }
        finally
        {
            await cli.RunAsync("dev", "reset", "--yes");
        }
    }
}
