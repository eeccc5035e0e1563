using Amazon.S3.Model;
using PhaserAI.Migrations.Tests.Backups;
using Xunit;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>"Environment-Specific Migrations" and "Test on Copy of Production Data": the servers must prove who they are, the password is in the home's .pgpass.</summary>
[Collection(GuideServers.Name)]
public sealed class EnvironmentTests(GuideServers servers)
{
    [Fact, RunsBlocks(14)]
    public async Task Staging()
    {
        await using var database = await servers.CreateDatabaseAsync("phaserai_staging", "phaserai_admin");
        await using var project = new GuideProject(servers);

        var up = await project.TypeAsync(14);

        Assert.True(up.Code == 0, up.ToString());
        Assert.Contains("phaserai_staging on staging-db.amazonaws.com:", up.Out, StringComparison.Ordinal);
        Assert.EndsWith($"{Directory.GetFiles(project.Migrations).Length} applied, 0 pending", up.Out.TrimEnd(), StringComparison.Ordinal);
        Assert.Null(await database.AskAsync("select max(backup) from schema_migrations_log"));

        // A server that another authority vouches for is not talked to.
        File.Copy(servers.Tls.OtherRoot, Path.Combine(project.Folder, "infra", "certs", "global-bundle.pem"), overwrite: true);
        var refused = await project.TypeAsync(14);
        Assert.True(refused.Code == 5, refused.ToString());
    }

    [Fact, RunsBlocks(15)]
    public async Task Production()
    {
        const string Bucket = "phaserai-backups";
        await Shell.RequireDumpAsync(servers.Tls.Server);
        await servers.Moto.S3.PutBucketAsync(new PutBucketRequest { BucketName = Bucket, BucketRegionName = "eu-central-1" });
        await using var database = await servers.CreateDatabaseAsync("phaserai_prod", "phaserai_admin");
        await using var project = new GuideProject(servers);

        var up = await project.TypeAsync(15, "Type the database's name to go on: ", "phaserai_prod");

        Assert.True(up.Code == 0, up.ToString());
        Assert.Contains("phaserai_prod on prod-db.amazonaws.com:", up.Out, StringComparison.Ordinal);
        Assert.EndsWith($"{Directory.GetFiles(project.Migrations).Length} applied, 0 pending", up.Out.TrimEnd(), StringComparison.Ordinal);
        Assert.StartsWith($"s3://{Bucket}/database-backups/backup_", await database.AskAsync("select distinct backup from schema_migrations_log"), StringComparison.Ordinal);
    }

    [Fact, RunsBlocks(25)]
    public async Task A_copy_of_production()
    {
        await Shell.RequireDumpAsync(servers.Tls.Server);
        await using var production = await servers.CreateDatabaseAsync("phaserai_prod", "phaserai_admin");
        await using var copy = await servers.CreateDatabaseAsync("phaserai_test", "phaserai_admin");
        await using var project = new GuideProject(servers);
        await servers.MigrateAsync(production, "phaserai_admin", project);
        await production.ExecuteAsync("INSERT INTO users (email, username) SELECT i || '@example.com', 'user' || i FROM generate_series(1, 1000) i");
        var before = await BackupProject.ContentOfAsync(production);
        project.Write("20990101_000000_more.sql", "ALTER TABLE words ADD COLUMN more INTEGER;\n");
        await File.WriteAllTextAsync(Path.Combine(project.Folder, "migrate.toml"), """
            [environments.test]
            db_host = "test-db"
            db_name = "phaserai_test"
            db_user = "user"
            """, TestContext.Current.CancellationToken);

        var tried = await project.TypeAsync(25);

        Assert.True(tried.Code == 0, tried.ToString());
        Assert.DoesNotContain("ERROR", tried.Error, StringComparison.Ordinal);
        Assert.Contains("Applied 1 migration", tried.Out, StringComparison.Ordinal);
        Assert.Equal("more", await copy.AskAsync("select attname from pg_attribute where attrelid = 'words'::regclass and attname = 'more'"));
        Assert.Equal("1000", await copy.AskAsync("select count(*) from users"));
        Assert.Equal(before, await BackupProject.ContentOfAsync(production));
    }
}
