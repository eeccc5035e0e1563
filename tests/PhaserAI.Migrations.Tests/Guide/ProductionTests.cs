using Amazon.S3.Model;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Tests.Backups;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>"Deploy with Migrations" and "Restore from Backup": TLS, S3 and a terminal are there.</summary>
[Collection(GuideServers.Name)]
public sealed class ProductionTests(GuideServers servers) : IAsyncLifetime
{
    private const string Bucket = "your-backup-bucket";

    // The guide restores this one, from this place
    private const string Backup = "backup_20250104_095000.sql";
    private const string Downloaded = "/tmp/" + Backup;

    private TestDatabase? _database;
    private GuideProject? _project;

    private TestDatabase Database => _database!;

    private GuideProject Project => _project!;

    public async ValueTask InitializeAsync()
    {
        Require.Program(ExternalProgram.FindOnPath("aws"), "aws (pip install awscli)");
        await Shell.RequireDumpAsync(servers.Tls.Server);
        _database = await servers.CreateDatabaseAsync("phaserai_prod", "phaserai_admin");
        await servers.Moto.S3.PutBucketAsync(new PutBucketRequest { BucketName = Bucket, BucketRegionName = "eu-central-1" });

        // Somebody has worked with it; now there is one more migration.
        _project = new GuideProject(servers);
        await servers.MigrateAsync(Database, "phaserai_admin", Project);
        await Database.ExecuteAsync("CREATE TABLE kept AS SELECT i, md5(i::text) AS text FROM generate_series(1, 1000) i; ALTER TABLE kept OWNER TO phaserai_admin");
        Project.Write("20990101_000000_more.sql", "CREATE TABLE more ();\n-- DOWN:\n-- DROP TABLE more;\n");
    }

    [Fact, RunsBlocks(9, 30)]
    public async Task It_asks_backs_up_to_S3_migrates_and_the_backup_brings_the_data_back()
    {
        var before = await BackupProject.ContentOfAsync(Database);
        var up = await Project.TypeAsync(9, "Type the database's name to go on: ", "phaserai_prod");
        Assert.True(up.Code == 0, up.ToString());
        Assert.NotNull(await Database.AskAsync("select to_regclass('more')::text"));
        var made = await Database.AskAsync("select backup from schema_migrations_log where version = '20990101_000000'");
        Assert.Matches(@"^s3://your-backup-bucket/database-backups/backup_\d{8}_\d{6}\.sql$", made);
        Assert.Contains(made!, up.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(GuideServers.AdminPassword, up.ToString(), StringComparison.Ordinal);

        // The guide's backup is from an earlier day.
        await servers.Moto.S3.CopyObjectAsync(Bucket, made![$"s3://{Bucket}/".Length..], Bucket, $"database-backups/{Backup}");
        await using var restored = await servers.CreateDatabaseAsync("database", "phaserai_admin");
        try
        {
            var restore = await Project.TypeAsync(30);
            Assert.True(restore.Code == 0, restore.ToString());
            Assert.Contains(Path.GetFileName(made), restore.Out, StringComparison.Ordinal);
            Assert.Equal(before, await BackupProject.ContentOfAsync(restored));
        }
        finally
        {
            File.Delete(Downloaded);
        }
    }

    [Fact]
    public async Task Without_a_terminal_it_is_refused_and_nothing_is_changed()
    {
        var result = await Project.TypeAsync(9);
        Assert.True(result.Code == 6, result.ToString());
        await AssertUntouchedAsync();
    }

    [Fact]
    public async Task A_bucket_that_refuses_stops_it_before_the_first_statement()
    {
        // More than a part, so that an upload is begun.
        await Database.ExecuteAsync("INSERT INTO kept SELECT i, repeat(md5(i::text), 10) FROM generate_series(1, 40000) i");
        await servers.Moto.S3.PutBucketPolicyAsync(new PutBucketPolicyRequest
        {
            BucketName = Bucket,
            Policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":["arn:aws:s3:::{{Bucket}}/*"]}]}""",
        });
        var result = await Project.RunAsync(GuideRuns.TextOf(9).TrimEnd() + " --yes");
        await servers.Moto.S3.DeleteBucketPolicyAsync(Bucket);
        Assert.True(result.Code == 9, result.ToString());
        Assert.Contains($"S3 denies access to the bucket {Bucket}: 403 Forbidden", result.Error, StringComparison.Ordinal);
        Assert.Contains("Allow s3:PutObject on arn:aws:s3:::your-backup-bucket/database-backups/*", result.Error, StringComparison.Ordinal);
        await AssertUntouchedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Project.DisposeAsync();
        await Database.DisposeAsync();
        foreach (var item in (await servers.Moto.S3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket })).S3Objects ?? [])
            await servers.Moto.S3.DeleteObjectAsync(Bucket, item.Key);
        await servers.Moto.S3.DeleteBucketAsync(Bucket);
    }

    private async Task AssertUntouchedAsync()
    {
        Assert.Null(await Database.AskAsync("select to_regclass('more')::text"));
        Assert.Null(await Database.AskAsync("select version from schema_migrations where version = '20990101_000000'"));
        Assert.Equal((0, 0), (await servers.Moto.CountObjectsAsync(Bucket), await servers.Moto.CountUploadsAsync(Bucket)));
    }
}
