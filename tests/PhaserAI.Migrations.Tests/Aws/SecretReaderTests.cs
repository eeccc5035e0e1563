using System.Globalization;
using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Aws;

/// <summary>Secrets of databases, and what is said when one can't be read.</summary>
public sealed class SecretReaderTests(MotoServer moto) : IClassFixture<MotoServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_secret_is_read_by_its_ARN_or_its_name()
    {
        var arn = await moto.CreateSecretAsync("""{"password": "größe ☃"}""", "by-name");
        Assert.StartsWith("arn:aws:secretsmanager:eu-central-1:", arn, StringComparison.Ordinal);
        Assert.Equal("""{"password": "größe ☃"}""", await Reader().ReadAsync(arn, Token));
        Assert.Equal("""{"password": "größe ☃"}""", await Reader().ReadAsync("by-name", Token));
    }

    [Fact]
    public async Task The_region_comes_from_the_ARN()
    {
        var arn = await moto.CreateSecretAsync("{}");
        var elsewhere = moto.Variables;
        elsewhere["AWS_REGION"] = "us-east-1";
        Assert.Equal("{}", await Reader(elsewhere).ReadAsync(arn, Token));
    }

    [Fact]
    public async Task A_secret_that_is_not_there_is_named_with_its_region() => await AssertFailsAsync(
        Reader(), "arn:aws:secretsmanager:eu-west-1:123456789012:secret:none-a1", "there is no secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:none-a1 in eu-west-1", "DB_SECRET_ARN");

    [Fact]
    public async Task An_endpoint_where_nobody_listens_is_named()
    {
        var variables = moto.Variables;
        variables["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = $"http://127.0.0.1:{PostgresServer.FreePort().ToString(CultureInfo.InvariantCulture)}";
        await AssertFailsAsync(Reader(variables), "any", $"can't be reached at {variables["AWS_ENDPOINT_URL_SECRETS_MANAGER"]}: Connection refused", "VPC endpoint");
    }

    [Theory]
    [InlineData("AccessDeniedException", "reading the secret s is denied: why", "Allow secretsmanager:GetSecretValue")]
    [InlineData("DecryptionFailure", "can't be decrypted", "kms:Decrypt")]
    [InlineData("InvalidRequestException", "can't be read: why", "restore-secret")]
    [InlineData("ExpiredTokenException", "the AWS session has expired", "aws sso login")]
    [InlineData("UnrecognizedClientException", "does not accept the AWS credentials", "AWS_ACCESS_KEY_ID")]
    [InlineData("InternalServiceError", "answers 400 for the secret s: why", "Try again")]
    public void What_AWS_alone_can_answer_is_explained(string code, string message, string next)
    {
        var failure = SecretFailure.Refused($$"""{"__type":"com.amazonaws.secretsmanager#{{code}}","Message":"why"}""", 400, "s", "eu-central-1");
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Contains(next, failure.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_RDS_writes_is_used() => Assert.Equal(
        new DatabaseSecret("u", "p", "h", 5433, "d"),
        DatabaseSecret.Parse("""{"username":"u","password":"p","engine":"postgres","host":"h","port":5433,"dbname":"d","dbInstanceIdentifier":"i"}""", "s"));

    [Theory]
    [InlineData("""{"username":"u","passwort":"p-4711"}""", "holds no password; it has username, passwort")]
    [InlineData("""{"username":"u","password":"p-4711","engine":"mysql"}""", "is for mysql, not for PostgreSQL")]
    [InlineData("p-4711", "is no JSON object")]
    [InlineData("[\"p-4711\"]", "is no JSON object")]
    public void A_secret_of_another_shape_is_refused_without_showing_it(string text, string message)
    {
        var failure = Assert.Throws<ConnectionFailedException>(() => DatabaseSecret.Parse(text, "s"));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", failure.ToString() + failure.Next, StringComparison.Ordinal);
    }

    private SecretReader Reader(Dictionary<string, string>? variables = null) => new(new AwsAccess((variables ?? moto.Variables).GetValueOrDefault), TimeProvider.System);

    private static async Task AssertFailsAsync(SecretReader reader, string id, string message, string next)
    {
        var failure = await Assert.ThrowsAsync<ConnectionFailedException>(() => reader.ReadAsync(id, Token));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Contains(next, failure.Next, StringComparison.Ordinal);
    }
}
