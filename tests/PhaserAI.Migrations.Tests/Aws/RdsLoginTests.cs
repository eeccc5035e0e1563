using System.Globalization;
using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Aws;

/// <summary>What an application that uses the library logs in to RDS with.</summary>
public sealed class RdsLoginTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_of_IAM_is_signed_for_the_server_and_its_region()
    {
        var login = await RdsLogin.WithIam("db.c1x2.eu-west-3.rds.amazonaws.com", 5433, "migrator", Keys)(Token);
        Assert.Equal("migrator", login.User);
        Assert.StartsWith("db.c1x2.eu-west-3.rds.amazonaws.com:5433/?Action=connect&DBUser=migrator&", login.Password, StringComparison.Ordinal);
        Assert.Contains("%2Feu-west-3%2Frds-db%2Faws4_request", login.Password, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_can_t_be_read_is_a_failed_connection()
    {
        var nobody = $"http://127.0.0.1:{PostgresServer.FreePort().ToString(CultureInfo.InvariantCulture)}";
        var login = RdsLogin.WithSecret(
            "arn:aws:secretsmanager:eu-west-3:123456789012:secret:words-a1", null, variable => variable is "AWS_ENDPOINT_URL" ? nobody : Keys(variable));
        var failure = await Assert.ThrowsAsync<ConnectionFailedException>(async () => await login(Token));
        Assert.Contains($"can't be reached at {nobody}", failure.Message, StringComparison.Ordinal);
    }

    private static string? Keys(string variable) => variable switch
    {
        "AWS_ACCESS_KEY_ID" => "AKIDTEST",
        "AWS_SECRET_ACCESS_KEY" => "not-so-secret",
        _ => null,
    };
}
