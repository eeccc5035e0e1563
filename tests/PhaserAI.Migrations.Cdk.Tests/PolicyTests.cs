using System.Text.Json;
using Xunit;

namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>
/// The policies of the templates, evaluated with their conditions by @cloud-copilot/iam-simulate: what is asked, by whom, and how AWS
/// would answer, the policies of bucket, keys and topic included.
/// </summary>
public sealed class PolicyTests(PolicyAnswers answers) : IClassFixture<PolicyAnswers>
{
    public static TheoryData<string> Cases => [.. PolicyAnswers.Cases.Select(test => test.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Answer_is(string name)
    {
        var (test, answer) = answers.Of(name);
        Assert.Equal(test.Expected, answer);
    }
}

/// <summary>One process evaluates all cases.</summary>
public sealed class PolicyAnswers
{
    private const string Dump = "{bucket}/database-backups/backup_20250104_095000.sql";
    private const string Algorithm = "s3:x-amz-server-side-encryption", Key = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    private const string Allowed = nameof(Allowed), Implicitly = "ImplicitlyDenied", Explicitly = "ExplicitlyDenied";
    private const string OtherKey = "arn:aws:kms:eu-central-1:123456789012:key/other";

    private readonly string[] _answers;

    public PolicyAnswers(Systems systems)
    {
        ArgumentNullException.ThrowIfNull(systems);
        var input = JsonSerializer.Serialize(new
        {
            templates = new[] { systems.Prod.DatabaseFile, systems.Prod.MigrationFile },
            cases = Cases.Select(test => new { who = test.Who, action = test.Action, resource = test.Resource, context = test.Context.ToDictionary(entry => entry.Name, entry => entry.Value, StringComparer.Ordinal) }),
        });
        var folder = Path.Combine(Repository.Root, "tests", "PhaserAI.Migrations.Cdk.Tests", "policies");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules")), $"Run npm ci in {folder}; scripts/test-cdk.sh does.");
        _answers = JsonSerializer.Deserialize<string[]>(Tool.Run("node", input, Path.Combine(folder, "simulate.mjs")).Output)!;
    }

    internal static PolicyCase[] Cases { get; } =
    [
        new("an operator writes a backup with the key", Allowed, "operators", "s3:PutObject", Dump, (Algorithm, "aws:kms"), (Key, "{key}")),
        new("an operator writes a backup and names no encryption, so the bucket's key is taken", Allowed, "operators", "s3:PutObject", Dump),
        new("an operator reads a backup", Allowed, "operators", "s3:GetObject", Dump),
        new("an operator lists backups", Allowed, "operators", "s3:ListBucket", "{bucket}", ("s3:prefix", "database-backups/")),
        new("an operator uses the key through S3", Allowed, "operators", "kms:GenerateDataKey", "{key}", ("kms:ViaService", "s3.eu-central-1.amazonaws.com")),
        new("without TLS", Explicitly, "operators", "s3:PutObject", Dump, (Algorithm, "aws:kms"), (Key, "{key}"), ("aws:SecureTransport", "false")),
        new("without TLS, read", Explicitly, "operators", "s3:GetObject", Dump, ("aws:SecureTransport", "false")),
        new("with TLS 1.1", Explicitly, "operators", "s3:GetObject", Dump, ("s3:TlsVersion", "1.1")),
        new("with another key", Explicitly, "operators", "s3:PutObject", Dump, (Algorithm, "aws:kms"), (Key, OtherKey)),
        new("with another key, by an administrator", Explicitly, "everything", "s3:PutObject", Dump, (Algorithm, "aws:kms"), (Key, OtherKey)),
        new("with KMS and no key, which would be aws/s3", Explicitly, "operators", "s3:PutObject", Dump, (Algorithm, "aws:kms")),
        new("with a key of S3's own", Explicitly, "operators", "s3:PutObject", Dump, (Algorithm, "AES256")),
        new("with a key of the caller's", Explicitly, "operators", "s3:PutObject", Dump, ("s3:x-amz-server-side-encryption-customer-algorithm", "AES256")),
        new("to another prefix", Implicitly, "operators", "s3:PutObject", "{bucket}/elsewhere/backup.sql", (Algorithm, "aws:kms"), (Key, "{key}")),
        new("from another prefix", Implicitly, "operators", "s3:GetObject", "{bucket}/elsewhere/backup.sql"),
        new("list another prefix", Implicitly, "operators", "s3:ListBucket", "{bucket}", ("s3:prefix", "elsewhere/")),
        new("delete a backup", Implicitly, "operators", "s3:DeleteObject", Dump),
        new("use the key without S3", Implicitly, "operators", "kms:Decrypt", "{key}"),
        new("an operator calls the function", Implicitly, "operators", "lambda:InvokeFunction", "{function}"),
        new("a caller calls the function", Allowed, "callers", "lambda:InvokeFunction", "{function}"),
        new("a caller calls another function", Implicitly, "callers", "lambda:InvokeFunction", "{function}-other"),
        new("a caller reads a backup", Implicitly, "callers", "s3:GetObject", Dump),

        new("the function reads its secret", Allowed, "function", "secretsmanager:GetSecretValue", "{secret}"),
        new("the function reads another secret", Implicitly, "function", "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:other-AbCdEf"),
        new("the function changes its secret", Implicitly, "function", "secretsmanager:PutSecretValue", "{secret}"),
        new("the function decrypts its secret", Allowed, "function", "kms:Decrypt", "{databaseKey}", ("kms:ViaService", "secretsmanager.eu-central-1.amazonaws.com")),
        new("the function decrypts something else with that key", Implicitly, "function", "kms:Decrypt", "{databaseKey}", ("kms:ViaService", "rds.eu-central-1.amazonaws.com")),
        new("the function uses another key", Implicitly, "function", "kms:Decrypt", OtherKey, ("kms:ViaService", "secretsmanager.eu-central-1.amazonaws.com")),
        new("the function looks at the database", Allowed, "function", "rds:DescribeDBInstances", "{instance}"),
        new("the function makes a snapshot of the database", Allowed, "function", "rds:CreateDBSnapshot", "{instance}"),
        new("the function makes a snapshot of its own", Allowed, "function", "rds:CreateDBSnapshot", "{snapshot}phaserai-phaserai-prod-20250104-095000"),
        new("the function tags a snapshot of its own", Allowed, "function", "rds:AddTagsToResource", "{snapshot}phaserai-phaserai-prod-20250104-095000"),
        new("the function makes a snapshot of another database", Implicitly, "function", "rds:CreateDBSnapshot", "{instance}-other"),
        new("the function lists snapshots", Allowed, "function", "rds:DescribeDBSnapshots", "{snapshot}*"),
        new("the function makes a snapshot in the name of another database", Implicitly, "function", "rds:CreateDBSnapshot", "{snapshot}phaserai-phaserai-staging-20250104-095000"),
        new("the function makes a snapshot of another name", Implicitly, "function", "rds:CreateDBSnapshot", "{snapshot}other"),
        new("the function deletes a snapshot", Implicitly, "function", "rds:DeleteDBSnapshot", "{snapshot}phaserai-phaserai-prod-20250104-095000"),
        new("the function changes the database", Implicitly, "function", "rds:ModifyDBInstance", "{instance}"),
        new("the function goes on in another invocation", Allowed, "function", "lambda:InvokeFunction", "{function}"),
        new("the function calls another function", Implicitly, "function", "lambda:InvokeFunction", "{function}-other"),
        new("Lambda makes the function's network interfaces", Allowed, "function", "ec2:CreateNetworkInterface", "arn:aws:ec2:eu-central-1:123456789012:network-interface/eni-1"),
        new("the function's program makes network interfaces", Explicitly, "function", "ec2:CreateNetworkInterface", "arn:aws:ec2:eu-central-1:123456789012:network-interface/eni-1", ("lambda:SourceFunctionArn", "{function}")),
        new("the function writes metrics past its log", Implicitly, "function", "cloudwatch:PutMetricData", "*", ("cloudwatch:namespace", "PhaserAI/Migrations")),
        new("the function reads a backup", Implicitly, "function", "s3:GetObject", Dump),

        new("an alarm of this account tells the topic", Allowed, "cloudwatch.amazonaws.com", "sns:Publish", "{topic}", ("aws:SourceAccount", "123456789012")),
        new("an alarm of another account tells the topic", Implicitly, "cloudwatch.amazonaws.com", "sns:Publish", "{topic}", ("aws:SourceAccount", "210987654321")),
    ];

    internal (PolicyCase Case, string Answer) Of(string name)
    {
        var index = Array.FindIndex(Cases, test => test.Name == name);
        return (Cases[index], _answers[index]);
    }
}
