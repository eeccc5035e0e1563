using System.Globalization;
using Amazon.Runtime;

namespace PhaserAI.Migrations.Aws;

/// <summary>
/// Passwords of RDS IAM authentication: a signed request to log in, valid for 15 minutes, and only when the connection is
/// made (RDS user guide, "IAM database authentication"). Each connection gets one of its own.
/// </summary>
internal sealed class RdsToken(AwsAccess access, string host, int port, string user, TimeProvider clock)
{
    /// <summary>Signs a token; asks nobody but for credentials.</summary>
    /// <exception cref="ConnectionFailedException">There are no credentials, or the region is not known.</exception>
    public async ValueTask<DatabaseLogin> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var region = RegionOf(host) ?? access.RequireRegion();
            var keys = await access.Credentials.GetCredentialsAsync().WaitAsync(cancellationToken);
            return new DatabaseLogin(user, Create(host, port, user, keys, region, clock.GetUtcNow()))
            {
                Mend = $"Check that the user has the role (GRANT rds_iam TO \"{user}\"), that the instance has IAM authentication on, and that rds-db:connect "
                    + $"is allowed on its user {user} to whoever this is: aws sts get-caller-identity",
            };
        }
        catch (AwsAccessException missing)
        {
            throw new ConnectionFailedException(missing.Message, missing.Next, missing);
        }
    }

    internal static string Create(string host, int port, string user, ImmutableCredentials keys, string region, DateTimeOffset now)
    {
        var server = string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
        return $"{server}/?{SigV4.Presign(server, [("Action", "connect"), ("DBUser", user)], keys, region, "rds-db", now, TimeSpan.FromMinutes(15))}";
    }

    /// <summary>eu-central-1 of <c>name.id.eu-central-1.rds.amazonaws.com</c>, also as China writes it (<c>name.id.rds.cn-north-1.amazonaws.com.cn</c>); null of other names.</summary>
    internal static string? RegionOf(string host)
    {
        var labels = host.Split('.');
        var rds = Array.LastIndexOf(labels, "rds");
        return labels.Length < 6 || rds < 2 || !host.Contains(".amazonaws.com", StringComparison.Ordinal) ? null
            : labels[rds + 1] == "amazonaws" ? labels[rds - 1]
            : labels[rds + 1];
    }
}
