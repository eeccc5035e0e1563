using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using PhaserAI.Migrations.Aws;
using Xunit;

namespace PhaserAI.Migrations.Tests.Aws;

/// <summary>
/// The protocols of S3, KMS, STS, CloudWatch and Secrets Manager, spoken by moto for all tests of a run, which take names of their own. It checks
/// no signatures.
/// </summary>
public sealed class MotoServer(MotoProcess process) : IAsyncLifetime
{
    /// <summary>What AWS_ENDPOINT_URL has to be.</summary>
    public string Endpoint { get; private set; } = "";

    /// <summary>What a user's shell would have.</summary>
    internal Dictionary<string, string> Variables => new()
    {
        ["AWS_ENDPOINT_URL"] = Endpoint,
        ["AWS_REGION"] = "eu-central-1",
        ["AWS_ACCESS_KEY_ID"] = "AKIDTEST",
        ["AWS_SECRET_ACCESS_KEY"] = "not-so-secret",
    };

    /// <summary>S3, asked without the tool.</summary>
    internal IAmazonS3 S3 { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Endpoint = await process.EndpointAsync();
        S3 = new AmazonS3Client(new BasicAWSCredentials("AKIDTEST", "not-so-secret"), new AmazonS3Config { ServiceURL = Endpoint, ForcePathStyle = true, AuthenticationRegion = "eu-central-1" });
    }

    /// <summary>A new bucket; its name.</summary>
    internal async Task<string> CreateBucketAsync()
    {
        var name = "b-" + Guid.NewGuid().ToString("N");
        await S3.PutBucketAsync(new PutBucketRequest { BucketName = name, BucketRegionName = "eu-central-1" });
        return name;
    }

    /// <summary>A bucket that refuses one kind of request from everybody.</summary>
    internal async Task<string> CreateBucketWithoutAsync(string permission)
    {
        var name = await CreateBucketAsync();
        await S3.PutBucketPolicyAsync(new PutBucketPolicyRequest
        {
            BucketName = name,
            Policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"{{permission}}","Resource":["arn:aws:s3:::{{name}}","arn:aws:s3:::{{name}}/*"]}]}""",
        });
        return name;
    }

    /// <summary>The store as the tool opens it.</summary>
    internal S3BackupStore Open(string bucket, string? kmsKey = null, string? endpoint = null)
    {
        var variables = Variables;
        variables["AWS_ENDPOINT_URL"] = endpoint ?? Endpoint;
        return S3BackupStore.Open(bucket, kmsKey, variables.GetValueOrDefault);
    }

    /// <summary>A new secret; its ARN.</summary>
    internal async Task<string> CreateSecretAsync(string text, string? name = null)
    {
        var answer = await AskAsync("CreateSecret", new JsonObject { ["Name"] = name ?? Guid.NewGuid().ToString("N"), ["SecretString"] = text });
        return (string)answer["ARN"]!;
    }

    /// <summary>A new value of a secret.</summary>
    internal Task PutSecretAsync(string arn, string text) => AskAsync("PutSecretValue", new JsonObject { ["SecretId"] = arn, ["SecretString"] = text });

    /// <summary>A new database instance, which has no server behind it.</summary>
    internal Task CreateInstanceAsync(string name, int retentionDays = 7) => AskRdsAsync(
        "CreateDBInstance", ("DBInstanceIdentifier", name), ("DBInstanceClass", "db.t4g.micro"), ("Engine", "postgres"), ("AllocatedStorage", "20"),
        ("MasterUsername", "admin1"), ("MasterUserPassword", "not-so-secret"), ("BackupRetentionPeriod", $"{retentionDays}"));

    /// <summary>What RDS answers.</summary>
    internal async Task<string> AskRdsAsync(string action, params (string Name, string Value)[] parameters)
    {
        using var client = new HttpClient();
        using var content = new FormUrlEncodedContent(
            parameters.Prepend(("Version", "2014-10-31")).Prepend(("Action", action)).Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2)));
        using var request = new HttpRequestMessage(HttpMethod.Post, Endpoint) { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/eu-central-1/rds/aws4_request, SignedHeaders=host, Signature=0");
        using var answer = await client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>The values of a metric in the last minutes: their sum, and how many there are.</summary>
    internal async Task<(double Sum, double Count)> SumAsync(string name, string metric, string environment)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var client = new HttpClient();
        using var content = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["Action"] = "GetMetricStatistics",
            ["Version"] = "2010-08-01",
            ["Namespace"] = name,
            ["MetricName"] = metric,
            ["Dimensions.member.1.Name"] = "Environment",
            ["Dimensions.member.1.Value"] = environment,
            ["StartTime"] = $"{now.AddMinutes(-60):yyyy-MM-ddTHH:mm:ssZ}",
            ["EndTime"] = $"{now.AddMinutes(60):yyyy-MM-ddTHH:mm:ssZ}",
            ["Period"] = "60",
            ["Statistics.member.1"] = "Sum",
            ["Statistics.member.2"] = "SampleCount",
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, Endpoint) { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", Credential("monitoring"));
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        var document = XDocument.Parse(text);
        return (Sum("Sum"), Sum("SampleCount"));

        double Sum(string field) => document.Descendants().Where(element => element.Name.LocalName == field).Sum(element => double.Parse(element.Value, CultureInfo.InvariantCulture));
    }

    /// <summary>How many uploads have been begun and are neither completed nor removed.</summary>
    internal async Task<int> CountUploadsAsync(string bucket) => (await S3.ListMultipartUploadsAsync(bucket)).MultipartUploads?.Count ?? 0;

    /// <summary>How many objects there are.</summary>
    internal async Task<int> CountObjectsAsync(string bucket) => (await S3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket })).S3Objects?.Count ?? 0;

    public ValueTask DisposeAsync()
    {
        S3?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<JsonNode> AskAsync(string operation, JsonObject body)
    {
        using var client = new HttpClient();
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/x-amz-json-1.1");
        using var request = new HttpRequestMessage(HttpMethod.Post, Endpoint) { Content = content };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "secretsmanager." + operation);
        request.Headers.TryAddWithoutValidation("Authorization", Credential("secretsmanager"));
        using var answer = await client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    /// <summary>It looks for the service and the region in here, and at nothing else.</summary>
    private static string Credential(string service) => $"AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/eu-central-1/{service}/aws4_request, SignedHeaders=host, Signature=0";
}
