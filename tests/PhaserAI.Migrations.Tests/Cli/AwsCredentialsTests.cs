using System.Text.RegularExpressions;
using PhaserAI.Migrations.Tests.Aws;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>
/// Credentials from wherever the AWS CLI has them. The tool runs as a process of its own, because the SDK reads files and variables
/// of the process; with MIGRATE_TEST_BINARY it is the native one, in which the SDK's reflection finds nothing.
/// </summary>
public sealed partial class AwsCredentialsTests(MotoServer moto) : IClassFixture<MotoServer>, IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private CutOffProxy? _proxy;
    private string _bucket = "";

    public async ValueTask InitializeAsync()
    {
        _bucket = await moto.CreateBucketAsync();
        _proxy = new CutOffProxy(moto.Endpoint);
    }

    [Fact]
    public async Task A_profile_with_keys()
    {
        var result = await ListAsync("[profile keys]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\nregion = eu-west-3\n", ("AWS_PROFILE", "keys"));
        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal(("AKIAPROFILE", "eu-west-3", "s3"), Signers().Last());
    }

    [Fact]
    public async Task A_profile_with_a_role_is_assumed_with_the_source_profile()
    {
        var result = await ListAsync(
            """
            [profile base]
            aws_access_key_id = AKIABASE
            aws_secret_access_key = s

            [profile admin]
            role_arn = arn:aws:iam::123456789012:role/admin
            source_profile = base
            region = eu-central-1

            """,
            ("AWS_PROFILE", "admin"));
        Assert.True(result.Code == 0, result.ToString());
        // The source asks STS, what STS has given asks S3.
        var signers = Signers();
        Assert.Equal(("AKIABASE", "sts"), (signers[0].Key, signers[0].Service));
        Assert.StartsWith("ASIA", signers[^1].Key, StringComparison.Ordinal);
        Assert.Equal("s3", signers[^1].Service);
    }

    [Fact]
    public async Task A_role_of_a_role()
    {
        var result = await ListAsync(
            """
            [profile base]
            aws_access_key_id = AKIABASE
            aws_secret_access_key = s

            [profile middle]
            role_arn = arn:aws:iam::123456789012:role/middle
            source_profile = base

            [profile admin]
            role_arn = arn:aws:iam::123456789012:role/admin
            source_profile = middle
            region = eu-central-1

            """,
            ("AWS_PROFILE", "admin"));
        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal(["sts", "sts", "s3"], Signers().Select(signer => signer.Service));
    }

    [Fact]
    public async Task A_web_identity()
    {
        var file = Path.Combine(_folder.Project, "token");
        await File.WriteAllTextAsync(file, "a.web.token", TestContext.Current.CancellationToken);
        var result = await ListAsync(
            "", ("AWS_WEB_IDENTITY_TOKEN_FILE", file), ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/pod"), ("AWS_ROLE_SESSION_NAME", "pod"), ("AWS_REGION", "eu-central-1"));
        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains(_proxy!.Requests, request => request.Contains("AssumeRoleWithWebIdentity", StringComparison.Ordinal));
        Assert.StartsWith("ASIA", Signers().Last().Key, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_prints_them()
    {
        var result = await ListAsync(
            """
            [default]
            credential_process = printf '{"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"s"}'
            region = eu-central-1

            """);
        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal("AKIAPROCESS", Signers().Last().Key);
    }

    [Fact]
    public async Task Without_any_the_places_are_listed_and_without_a_region_the_variable()
    {
        var none = await ListAsync("", ("AWS_REGION", "eu-central-1"));
        Assert.True(none.Code == 9, none.ToString());
        Assert.Contains("no AWS credentials were found: neither in AWS_ACCESS_KEY_ID", none.Error, StringComparison.Ordinal);
        Assert.Contains("AWS_PROFILE", none.Error, StringComparison.Ordinal);

        var nobody = await ListAsync("", ("AWS_PROFILE", "nobody"), ("AWS_REGION", "eu-central-1"));
        Assert.True(nobody.Code == 9, nobody.ToString());
        Assert.Contains("there is no AWS profile nobody", nobody.Error, StringComparison.Ordinal);
        Assert.Contains("aws configure list-profiles", nobody.Error, StringComparison.Ordinal);

        var nowhere = await ListAsync("", ("AWS_ENDPOINT_URL", ""), ("AWS_ACCESS_KEY_ID", "AKIAX"), ("AWS_SECRET_ACCESS_KEY", "s"));
        Assert.True(nowhere.Code == 9, nowhere.ToString());
        Assert.Contains("the AWS region is not known", nowhere.Error, StringComparison.Ordinal);
        Assert.Contains("export AWS_REGION=", nowhere.Error, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _proxy!.DisposeAsync();
    }

    private async Task<CliResult> ListAsync(string profiles, params (string Name, string Value)[] variables)
    {
        var config = Path.Combine(_folder.Project, "config");
        await File.WriteAllTextAsync(config, profiles);
        var call = new CliRunner(_folder, null)
        {
            Variables =
            {
                ["BACKUP_S3_BUCKET"] = _bucket,
                ["AWS_ENDPOINT_URL"] = _proxy!.Endpoint,
                ["AWS_CONFIG_FILE"] = config,
                ["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(_folder.Project, "none"),
                ["AWS_EC2_METADATA_DISABLED"] = "true",
            },
        };
        foreach (var (name, value) in variables)
            call.Variables[name] = value;
        using var process = CliProcess.Start(call, "backup", "list");
        return await process.WaitAsync();
    }

    /// <summary>With which key each request was signed, for which region and service.</summary>
    private (string Key, string Region, string Service)[] Signers() =>
        [.. _proxy!.Requests.SelectMany(request => Credential().Matches(request)).Select(match => (match.Groups["key"].Value, match.Groups["region"].Value, match.Groups["service"].Value))];

    [GeneratedRegex(@"Credential=(?<key>\w+)/\d+/(?<region>[a-z0-9-]+)/(?<service>\w+)/", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Credential();
}
