using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Amazon.Runtime;
using PhaserAI.Migrations.Aws;
using Xunit;

namespace PhaserAI.Migrations.Tests.Aws;

/// <summary>
/// Signatures as botocore makes them, which signs for the AWS CLI. What it said was written down by
/// <c>Fixtures/sigv4-vectors.py</c>; moto checks no signature.
/// </summary>
public sealed class SigV4Tests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllText(
        Path.Combine(MigrationFolder.RepositoryRoot, "tests", "PhaserAI.Migrations.Tests", "Aws", "Fixtures", "sigv4-vectors.json"))).RootElement;

    public static TheoryData<int> Requests => [.. Enumerable.Range(0, Vectors.GetProperty("requests").GetArrayLength())];

    public static TheoryData<int> Tokens => [.. Enumerable.Range(0, Vectors.GetProperty("tokens").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_is_signed_as_botocore_does(int index)
    {
        var vector = Vectors.GetProperty("requests")[index];
        var body = Encoding.UTF8.GetBytes(Text(vector, "body"));
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.1");
        using var request = new HttpRequestMessage(HttpMethod.Post, Text(vector, "url")) { Content = content };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "secretsmanager.GetSecretValue");

        SigV4.Sign(request, body, KeysOf(vector), Text(vector, "region"), Text(vector, "service"), Now);

        Assert.Equal(Text(vector, "authorization"), Assert.Single(request.Headers.GetValues("Authorization")));
    }

    [Theory]
    [MemberData(nameof(Tokens))]
    public void A_token_of_RDS_is_made_as_botocore_does(int index)
    {
        var vector = Vectors.GetProperty("tokens")[index];
        var token = RdsToken.Create(Text(vector, "host"), vector.GetProperty("port").GetInt32(), Text(vector, "user"), KeysOf(vector), Text(vector, "region"), Now);
        // The order of the parameters is free: botocore puts the session's token last.
        Assert.Equal(Sorted(Text(vector, "password")), Sorted(token));
        Assert.StartsWith($"{Text(vector, "host")}:{vector.GetProperty("port").GetInt32()}/?Action=connect&DBUser=", token, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("db.abc.eu-central-1.rds.amazonaws.com", "eu-central-1")]
    [InlineData("db.cluster-ro-abc.us-gov-west-1.rds.amazonaws.com", "us-gov-west-1")]
    [InlineData("db.abc.rds.cn-north-1.amazonaws.com.cn", "cn-north-1")]
    [InlineData("db.example.com", null)]
    [InlineData("127.0.0.1", null)]
    public void The_region_is_in_the_hosts_name(string host, string? region) => Assert.Equal(region, RdsToken.RegionOf(host));

    private static IEnumerable<string> Sorted(string token) => token[(token.IndexOf('?', StringComparison.Ordinal) + 1)..].Split('&').Order(StringComparer.Ordinal);

    private static ImmutableCredentials KeysOf(JsonElement vector) =>
        new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", vector.GetProperty("token").GetString());

    private static string Text(JsonElement vector, string name) => vector.GetProperty(name).GetString()!;
}
