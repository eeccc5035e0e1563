using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Tests.Backups;
using Xunit;

namespace PhaserAI.Migrations.Tests.Aws;

/// <summary>
/// Signatures as botocore makes them, which signs for the AWS CLI. What it said was written down by
/// <c>Fixtures/sigv4-vectors.py</c>, which a test also asks at once; moto checks no signature.
/// </summary>
public sealed class SigV4Tests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllText(
        Path.Combine(Fixtures, "sigv4-vectors.json"))).RootElement;

    public static TheoryData<int> Requests => [.. Enumerable.Range(0, Vectors.GetProperty("requests").GetArrayLength())];

    public static TheoryData<int> Tokens => [.. Enumerable.Range(0, Vectors.GetProperty("tokens").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_request_is_signed_as_botocore_does(int index)
    {
        var vector = Vectors.GetProperty("requests")[index];
        using var request = RequestOf(vector);
        SigV4.Sign(request, Encoding.UTF8.GetBytes(Text(vector, "body")), KeysOf(vector), Text(vector, "region"), Text(vector, "service"), Now);
        Assert.Equal(Text(vector, "authorization"), Assert.Single(request.Headers.GetValues("Authorization")));
    }

    /// <summary>Against botocore itself, where it is: what the vectors don't think of.</summary>
    [Fact]
    public async Task Requests_of_every_shape_are_signed_as_botocore_does()
    {
        Require.Program((await Shell.RunAsync("python3 -c 'import botocore' && echo yes")).Out.Contains("yes", StringComparison.Ordinal) ? "python3" : null, "python3 with botocore (pip install 'moto[server]' awscli)");
        var asked = new JsonArray([.. Enumerable.Range(0, 300).Select(seed => OfAnyShape(new Random(seed)))]);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, asked.ToJsonString(), TestContext.Current.CancellationToken);
            var said = await Shell.RunAsync($"python3 '{Path.Combine(Fixtures, "sigv4-vectors.py")}' --sign < '{file}'");
            Assert.True(said.Code == 0, said.Error);
            var signatures = JsonDocument.Parse(said.Out).RootElement;
            var vectors = JsonDocument.Parse(asked.ToJsonString()).RootElement;
            for (var i = 0; i < asked.Count; i++)
            {
                using var request = RequestOf(vectors[i]);
                SigV4.Sign(request, Encoding.UTF8.GetBytes(Text(vectors[i], "body")), KeysOf(vectors[i]), Text(vectors[i], "region"), Text(vectors[i], "service"), Now);
                Assert.True(signatures[i].GetString() == Assert.Single(request.Headers.GetValues("Authorization")), $"{vectors[i]}\n{signatures[i]}\n{request}");
            }
        }
        finally
        {
            File.Delete(file);
        }
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

    private static string Fixtures => Path.Combine(MigrationFolder.RepositoryRoot, "tests", "PhaserAI.Migrations.Tests", "Aws", "Fixtures");

    /// <summary>A request as HttpClient would send it, so that botocore is asked for the very same address.</summary>
    private static JsonObject OfAnyShape(Random random)
    {
        var path = string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => "/" + Uri.EscapeDataString(Word(1))));
        var query = string.Join('&', Enumerable.Range(0, random.Next(5)).Select(_ => Uri.EscapeDataString(Word(1)) + (random.Next(4) == 0 ? "" : "=" + Uri.EscapeDataString(Word(0)))));
        var address = new Uri($"{Pick("http", "https")}://{Pick("127.0.0.1", "localhost:5601", "x.eu-central-1.amazonaws.com", "x.amazonaws.com:443")}{(path == "" ? "/" : path)}{(query == "" ? "" : "?" + query)}");
        var headers = new JsonObject();
        if (random.Next(2) == 0)
            headers["Content-Type"] = Pick("application/x-amz-json-1.1", "application/x-www-form-urlencoded; charset=utf-8");
        if (random.Next(2) == 0)
            headers["X-Amz-Target"] = Pick("secretsmanager.GetSecretValue", "a  b   c");
        return new JsonObject
        {
            ["method"] = Pick("GET", "POST", "PUT", "DELETE"),
            ["url"] = address.AbsoluteUri,
            ["headers"] = headers,
            ["body"] = Word(0),
            ["region"] = Pick("eu-central-1", "cn-north-1"),
            ["service"] = Pick("monitoring", "rds", "secretsmanager"),
            ["token"] = random.Next(2) == 0 ? null : "Fwo/Tok+en==",
        };

        string Pick(params string[] choices) => choices[random.Next(choices.Length)];

        // From what encoders differ on; a dot alone would be a step in the path.
        string Word(int least) => string.Concat(Enumerable.Range(0, random.Next(least, 5)).Select(_ => Pick("a", "b", "Z", "1", "-", "_", "~", " ", "+", "%", "/", "=", "&", "?", "#", "*", "(", "'", ":", "@", "é", "☃", "𝄞")));
    }

    private static HttpRequestMessage RequestOf(JsonElement vector)
    {
        var request = new HttpRequestMessage(new HttpMethod(Text(vector, "method")), Text(vector, "url")) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Text(vector, "body"))) };
        foreach (var header in vector.GetProperty("headers").EnumerateObject())
        {
            if (header.Name == "Content-Type")
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(header.Value.GetString()!);
            else
                request.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString());
        }

        return request;
    }

    private static IEnumerable<string> Sorted(string token) => token[(token.IndexOf('?', StringComparison.Ordinal) + 1)..].Split('&').Order(StringComparer.Ordinal);

    private static ImmutableCredentials KeysOf(JsonElement vector) =>
        new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", vector.GetProperty("token").GetString());

    private static string Text(JsonElement vector, string name) => vector.GetProperty(name).GetString()!;
}
