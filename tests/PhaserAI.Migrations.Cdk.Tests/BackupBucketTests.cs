using Amazon.CDK.Assertions;
using Xunit;

namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>The bucket for backups.</summary>
public sealed class BackupBucketTests(Systems systems)
{
    [Fact]
    public void It_is_versioned_encrypted_and_never_public() => systems.Prod.Migration.HasResourceProperties("AWS::S3::Bucket", new Dictionary<string, object>
    {
        ["VersioningConfiguration"] = new Dictionary<string, object> { ["Status"] = "Enabled" },
        ["PublicAccessBlockConfiguration"] = new Dictionary<string, object>
        {
            ["BlockPublicAcls"] = true,
            ["BlockPublicPolicy"] = true,
            ["IgnorePublicAcls"] = true,
            ["RestrictPublicBuckets"] = true,
        },
        ["OwnershipControls"] = new Dictionary<string, object> { ["Rules"] = new object[] { new Dictionary<string, object> { ["ObjectOwnership"] = "BucketOwnerEnforced" } } },
        ["BucketEncryption"] = new Dictionary<string, object>
        {
            ["ServerSideEncryptionConfiguration"] = new object[]
            {
                new Dictionary<string, object>
                {
                    ["BucketKeyEnabled"] = true,
                    ["ServerSideEncryptionByDefault"] = new Dictionary<string, object> { ["SSEAlgorithm"] = "aws:kms", ["KMSMasterKeyID"] = Match.AnyValue() },
                },
            },
        },
    });

    [Theory]
    [InlineData("dev", 30)]
    [InlineData("prod", 365)]
    public void Backups_expire_and_leftovers_go(string environment, int days)
    {
        var rule = systems[environment].Only("AWS::S3::Bucket")["LifecycleConfiguration"]!["Rules"]!.AsArray().Single()!;
        Assert.Equal("database-backups/", (string?)rule["Prefix"]);
        Assert.Equal(days, (int)rule["ExpirationInDays"]!);
        Assert.Equal(30, (int)rule["NoncurrentVersionExpiration"]!["NoncurrentDays"]!);
        Assert.Equal(1, (int)rule["AbortIncompleteMultipartUpload"]!["DaysAfterInitiation"]!);
    }

    [Fact]
    public void It_outlives_its_stack_with_its_key()
    {
        Assert.Equal("RetainExceptOnCreate", (string?)systems.Prod.Resources("AWS::S3::Bucket").Single()["DeletionPolicy"]);
        var key = systems.Prod.Resources("AWS::KMS::Key").Single(key => (string?)key["Properties"]!["Description"] == "Backups of the database of prod");
        Assert.Equal("RetainExceptOnCreate", (string?)key["DeletionPolicy"]);
    }
}
