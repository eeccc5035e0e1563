using Amazon.CDK;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.S3;
using Constructs;

namespace PhaserAI.Migrations.Cdk;

/// <summary>
/// The bucket for <c>BACKUP_S3_BUCKET</c>: versioned, reached with TLS only, encrypted with one key, never public. The
/// <see cref="Operators"/> are who writes and reads backups.
/// </summary>
public sealed class BackupBucket : Construct
{
    /// <summary>Where the tool puts backups in a bucket.</summary>
    public const string Prefix = "database-backups/";

    private const string Algorithm = "s3:x-amz-server-side-encryption";
    private const string KeyId = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    private const string CustomerAlgorithm = "s3:x-amz-server-side-encryption-customer-algorithm";

    /// <param name="scope">The stack.</param>
    /// <param name="id">Its name there.</param>
    /// <param name="environment">dev, test, staging or prod: how long backups are kept.</param>
    public BackupBucket(Construct scope, string id, string environment)
        : base(scope, id)
    {
        var size = EnvironmentSize.Of(environment);
        Key = new Key(this, "Key", new KeyProps
        {
            Description = $"Backups of the database of {size.Name}",
            EnableKeyRotation = true,
            RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        });
        Bucket = new Bucket(this, "Bucket", new BucketProps
        {
            Versioned = true,
            EnforceSSL = true,
            MinimumTLSVersion = 1.2,
            Encryption = BucketEncryption.KMS,
            EncryptionKey = Key,
            BucketKeyEnabled = true,
            BlockPublicAccess = BlockPublicAccess.BLOCK_ALL,
            ObjectOwnership = ObjectOwnership.BUCKET_OWNER_ENFORCED,
            RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            LifecycleRules =
            [
                new LifecycleRule
                {
                    Id = "Backups",
                    Prefix = Prefix,
                    Expiration = Duration.Days(size.DumpDays),
                    NoncurrentVersionExpiration = Duration.Days(30),
                    AbortIncompleteMultipartUploadAfter = Duration.Days(1),
                },
            ],
        });
        DenyOtherEncryption();
        Operators = CreateOperators();
    }

    /// <summary>The bucket.</summary>
    public Bucket Bucket { get; }

    /// <summary>The one key of its objects, for <c>BACKUP_KMS_KEY_ID</c>.</summary>
    public Key Key { get; }

    /// <summary>For the people and pipelines that run the tool: it allows backups to be written, listed and read, and none to be deleted.</summary>
    public ManagedPolicy Operators { get; }

    /// <summary>
    /// A request that names no encryption gets the bucket's: the key. One that names any must name the key in full: without a key's name S3
    /// would take <c>aws/s3</c>. The parts of an upload name none, so a missing name alone must not be refused.
    /// </summary>
    private void DenyOtherEncryption()
    {
        Deny("OtherKey", new()
        {
            ["Null"] = new Dictionary<string, object> { [Algorithm] = "false" },
            ["StringNotEquals"] = new Dictionary<string, object> { [KeyId] = Key.KeyArn },
        });
        Deny("KeyOfTheCaller", new() { ["Null"] = new Dictionary<string, object> { [CustomerAlgorithm] = "false" } });
    }

    private void Deny(string sid, Dictionary<string, object> conditions) => Bucket.AddToResourcePolicy(new PolicyStatement(new PolicyStatementProps
    {
        Sid = sid,
        Effect = Effect.DENY,
        Principals = [new AnyPrincipal()],
        Actions = ["s3:PutObject"],
        Resources = [Bucket.ArnForObjects("*")],
        Conditions = conditions,
    }));

    private ManagedPolicy CreateOperators() => new(this, "Operators", new ManagedPolicyProps
    {
        Description = "Writes, lists and reads backups of the database",
        Statements =
        [
            new PolicyStatement(new PolicyStatementProps
            {
                Sid = "Backups",
                Actions = ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"],
                Resources = [Bucket.ArnForObjects($"{Prefix}*")],
            }),
            new PolicyStatement(new PolicyStatementProps
            {
                Sid = "ListOfBackups",
                Actions = ["s3:ListBucket"],
                Resources = [Bucket.BucketArn],
                Conditions = new Dictionary<string, object> { ["StringLike"] = new Dictionary<string, object> { ["s3:prefix"] = $"{Prefix}*" } },
            }),
            new PolicyStatement(new PolicyStatementProps
            {
                Sid = "KeyOfBackups",
                Actions = ["kms:GenerateDataKey", "kms:Decrypt"],
                Resources = [Key.KeyArn],
                Conditions = new Dictionary<string, object>
                {
                    ["StringEquals"] = new Dictionary<string, object> { ["kms:ViaService"] = $"s3.{Stack.Of(this).Region}.amazonaws.com" },
                },
            }),
        ],
    });
}
