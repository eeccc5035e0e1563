namespace PhaserAI.Migrations.Aws;

/// <summary>Logins to a database of RDS, for <see cref="MigrationOptions.Login"/>. AWS is asked when a connection is made, and not before.</summary>
public static class RdsLogin
{
    /// <summary>
    /// IAM database authentication: each connection gets a token of its own in place of a password. The connection has to use TLS, and the user
    /// needs the role rds_iam.
    /// </summary>
    /// <param name="host">The server's own name, without an alias: the token is signed for it. It also says the region.</param>
    /// <param name="port">The server's port.</param>
    /// <param name="user">The database user.</param>
    /// <param name="variable">Reads an environment variable: region, credentials and endpoints come from the AWS_… ones, as for the AWS CLI.</param>
    /// <param name="clock">The clock; null means the system's.</param>
    /// <returns>A function that throws <see cref="ConnectionFailedException"/> when there are no credentials, or the region is not known.</returns>
    public static Func<CancellationToken, ValueTask<DatabaseLogin>> WithIam(
        string host, int port, string user, Func<string, string?> variable, TimeProvider? clock = null) =>
        new RdsToken(new AwsAccess(variable), host, port, user, clock ?? TimeProvider.System).ReadAsync;

    /// <summary>
    /// User and password from a secret of Secrets Manager that has the form that RDS gives it. It is read for each connection, because it may be
    /// rotated during a run.
    /// </summary>
    /// <param name="secret">Its ARN, which also says the region, or its name.</param>
    /// <param name="user">The user, for a secret that names none.</param>
    /// <param name="variable">Reads an environment variable: as above.</param>
    /// <param name="clock">The clock; null means the system's.</param>
    /// <returns>A function that throws <see cref="ConnectionFailedException"/> when the secret can't be read.</returns>
    public static Func<CancellationToken, ValueTask<DatabaseLogin>> WithSecret(
        string secret, string? user, Func<string, string?> variable, TimeProvider? clock = null) =>
        new SecretLogin(new SecretReader(new AwsAccess(variable), clock ?? TimeProvider.System), secret, first: null, user).ReadAsync;
}
