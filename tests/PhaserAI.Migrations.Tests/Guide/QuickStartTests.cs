using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Tests.Backups;
using Xunit;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>"Quick Start" in a fresh clone, with nothing configured but where production is.</summary>
[Collection(GuideServers.Name)]
public sealed class QuickStartTests(GuideServers servers)
{
    [Fact, RunsBlocks(1, 2, 3)]
    public async Task Status_up_here_and_in_production_and_a_new_file()
    {
        Require.Program(ExternalProgram.FindOnPath("npm"), "npm");
        await Shell.RequireDumpAsync(servers.Tls.Server);
        await using var production = await servers.CreateDatabaseAsync("phaserai_prod", "phaserai_admin");
        await using var project = new GuideProject(servers);
        await File.WriteAllTextAsync(Path.Combine(project.Folder, "migrate.toml"), """
            [environments.prod]
            db_host = "prod-db"
            db_name = "phaserai_prod"
            db_user = "phaserai_admin"
            """, TestContext.Current.CancellationToken);
        var count = Directory.GetFiles(project.Migrations).Length;

        var status = await project.TypeAsync(1);
        Assert.True(status.Code == 0, status.ToString());
        Assert.Contains("Creating the development database", status.Error, StringComparison.Ordinal);
        Assert.Equal(2, status.Out.Split($"0 applied, {count} pending").Length - 1);

        var up = await project.TypeAsync(2, "Type the database's name to go on: ", "phaserai_prod");
        Assert.True(up.Code == 0, up.ToString());
        Assert.Equal(2, up.Out.Split($"Applied {count} migrations").Length - 1);
        Assert.Equal($"{count}", await production.AskAsync("select count(*) from schema_migrations where checksum ~ '^[0-9a-f]{64}$'"));
        Assert.Matches(@"\d{8}_\d{6}", Assert.Single(Directory.GetFiles(Path.Combine(project.Folder, "backups"), "*.sql")));
        var second = await project.RunAsync("./scripts/migrate.sh up");
        Assert.True(second.Code == 0, second.ToString());
        Assert.Contains("Nothing to do", second.Out, StringComparison.Ordinal);

        var created = await project.TypeAsync(3);
        Assert.True(created.Code == 0, created.ToString());
        Assert.Contains($"{count} applied, 1 pending", (await project.RunAsync("./scripts/migrate.sh status")).Out, StringComparison.Ordinal);
        // Nobody has written into it yet.
        var empty = await project.RunAsync("./scripts/migrate.sh up");
        Assert.Equal(3, empty.Code);
        Assert.Contains("add_new_feature.sql", empty.Error, StringComparison.Ordinal);
        Assert.Contains("the file holds no statement to apply", empty.Error, StringComparison.Ordinal);
    }
}
