using Amazon.Runtime;
using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>Logging in with a token of IAM. Only RDS can check one; here the clock stands still, and the role's password is the token of that moment.</summary>
public sealed class IamTokenTests(TlsServer tls) : IClassFixture<TlsServer>
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public async Task The_token_is_sent_over_TLS_and_refused_with_what_RDS_needs()
    {
        await using var database = (await tls.CreateDatabaseAsync()).Database;
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database)
        {
            TimeProvider = new StoppedClock(),
            Variables =
            {
                ["DB_SSLMODE"] = "verify-full",
                ["DB_SSLROOTCERT"] = tls.Root,
                ["DB_IAM_AUTH"] = "true",
                ["AWS_REGION"] = "eu-central-1",
                ["AWS_ACCESS_KEY_ID"] = "AKIDTEST",
                ["AWS_SECRET_ACCESS_KEY"] = "not-so-secret",
                ["AWS_SESSION_TOKEN"] = "a-session",
            },
        };
        cli.Variables.Remove("DB_PASSWORD");
        var (host, port, user) = (database.Address.Host!, database.Address.Port, database.Address.Username!);
        var token = RdsToken.Create(host, port, user, new ImmutableCredentials("AKIDTEST", "not-so-secret", "a-session"), "eu-central-1", Now);
        await tls.Server.ExecuteAsync($"ALTER ROLE {user} PASSWORD '{token}'");

        var result = await cli.RunAsync("status");
        Assert.True(result.Code == 0, result.ToString());

        cli.Variables["AWS_ACCESS_KEY_ID"] = "AKIDOTHER";
        var refused = await cli.RunAsync("status");
        Assert.True(refused.Code == 5, refused.ToString());
        Assert.Contains($"GRANT rds_iam TO \"{user}\"", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Amz-Signature", refused.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The time of day stands still; waiting takes no time.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
    }
}
