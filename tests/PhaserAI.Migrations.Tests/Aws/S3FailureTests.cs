using System.Net;
using Amazon.S3;
using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Doctor;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Aws;

/// <summary>Whatever is wrong with the bucket, the way to it or the credentials: a sentence on what to mend, and nothing left behind.</summary>
public sealed class S3FailureTests(MotoServer moto) : IClassFixture<MotoServer>
{
    private static readonly byte[] Large = new byte[20 << 20];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(10)]
    [InlineData(20 << 20)]
    public async Task A_bucket_that_is_not_there_comes_with_the_command_that_makes_it(int length)
    {
        await AssertFailsAsync(moto.Open("no-such-bucket"), length, "there is no bucket no-such-bucket", "aws s3 mb s3://no-such-bucket");
        var failure = await Assert.ThrowsAsync<BackupFailedException>(() => moto.Open("no-such-bucket").ListAsync(Token));
        Assert.Contains("there is no bucket", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(20 << 20)]
    public async Task A_bucket_that_refuses_comes_with_the_permission_to_give(int length)
    {
        var bucket = await moto.CreateBucketWithoutAsync("s3:PutObject");
        await AssertFailsAsync(moto.Open(bucket), length, $"S3 denies access to the bucket {bucket}", $"Allow s3:PutObject on arn:aws:s3:::{bucket}/database-backups/*");
        Assert.Equal((0, 0), (await moto.CountObjectsAsync(bucket), await moto.CountUploadsAsync(bucket)));
    }

    [Fact]
    public async Task A_backup_that_is_not_there_is_named()
    {
        var bucket = await moto.CreateBucketAsync();
        var failure = await Assert.ThrowsAsync<BackupFailedException>(() => moto.Open(bucket).OpenAsync("backup_20250101_000000.sql", Token));
        Assert.Equal($"there is no backup s3://{bucket}/database-backups/backup_20250101_000000.sql", failure.Message);
        await moto.Open(bucket).DeleteAsync("backup_20250101_000000.sql", Token);
    }

    [Fact]
    public async Task Doctor_asks_for_the_bucket_and_writes_nothing()
    {
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, null) { Variables = { ["BACKUP_S3_BUCKET"] = "no-such-bucket" } };
        foreach (var (name, value) in moto.Variables)
            cli.Variables[name] = value;
        (await Diagnosis.RunAsync(cli, "not-so-secret")).AssertFound("backups", "problem", "there is no bucket no-such-bucket", "aws s3 mb s3://no-such-bucket");
        var bucket = await moto.CreateBucketAsync();
        cli.Variables["BACKUP_S3_BUCKET"] = bucket;
        var found = await Diagnosis.RunAsync(cli, "not-so-secret");
        found.AssertFound("backups", "ok", $"s3://{bucket}/database-backups/ can be listed: no backup yet; new ones are encrypted with a key of S3's own");
        found.AssertFound("AWS", "ok", "for backups in S3: region eu-central-1, credentials from AWS_ACCESS_KEY_ID");
        Assert.Equal(0, await moto.CountObjectsAsync(bucket));
    }

    [Fact]
    public async Task An_endpoint_where_nobody_listens_is_named()
    {
        var nobody = $"http://127.0.0.1:{PostgresServer.FreePort()}";
        await AssertFailsAsync(moto.Open("bucket", endpoint: nobody), 10, $"S3 can't be reached at {nobody}: Connection refused", "AWS_ENDPOINT_URL");
    }

    [Theory]
    [InlineData("ExpiredToken", "The provided token has expired.", "the AWS session has expired", "aws sso login")]
    [InlineData("InvalidAccessKeyId", "The key does not exist.", "S3 does not know the AWS credentials", "AWS_ACCESS_KEY_ID")]
    [InlineData("SignatureDoesNotMatch", "…", "the secret key does not belong to the access key", "AWS_SECRET_ACCESS_KEY")]
    [InlineData("RequestTimeTooSkewed", "…", "the clock of this machine is wrong", "Set the clock")]
    [InlineData("PermanentRedirect", "Use s3.eu-west-1.amazonaws.com.", "the bucket b is in another region", "Set AWS_REGION")]
    [InlineData("KMS.DisabledException", "It is disabled.", "the key k can't encrypt the backup", "BACKUP_KMS_KEY_ID")]
    [InlineData("AccessDenied", "User: arn:aws:iam::1:role/r is not authorized to perform: kms:GenerateDataKey on resource: k", "S3 denies access to the bucket b", "Allow kms:GenerateDataKey on k")]
    [InlineData("SlowDown", "Please reduce your request rate.", "S3 is overloaded", "Try again")]
    [InlineData("MadeUp", "Whatever.", "S3 refuses the request: Whatever. [MadeUp]", "Check the bucket b")]
    public void What_AWS_alone_can_answer_is_explained(string code, string answer, string message, string next)
    {
        // moto gives none of these answers.
        var refused = new AmazonS3Exception(answer) { ErrorCode = code, StatusCode = HttpStatusCode.BadRequest };
        var failure = new S3Failure(new S3Target("b", "k", "https://s3.eu-central-1.amazonaws.com")).Explain(refused, "s3:PutObject");
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Contains(next, failure.Next, StringComparison.Ordinal);
    }

    private static async Task AssertFailsAsync(S3BackupStore store, int length, string message, string next)
    {
        var failure = await Assert.ThrowsAsync<BackupFailedException>(async () =>
        {
            await using var upload = await store.CreateAsync("backup_20250101_000000.sql", Token);
            await upload.WriteAsync(Large.AsMemory(0, length), Token);
            await upload.CompleteAsync(Token);
        });
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Contains(next, failure.Next, StringComparison.Ordinal);
        Assert.DoesNotContain("not-so-secret", failure.Message + failure.Next, StringComparison.Ordinal);
    }
}
