namespace PhaserAI.Migrations.Aws;

/// <summary>User and password from a secret, read anew for each connection, because it may be rotated during a run.</summary>
/// <param name="reader">Where it is.</param>
/// <param name="id">The secret.</param>
/// <param name="first">It, as it was read a moment ago: for the first connection.</param>
/// <param name="user">The user of a secret that names none.</param>
internal sealed class SecretLogin(SecretReader reader, string id, DatabaseSecret? first, string? user)
{
    private DatabaseSecret? _first = first;

    /// <exception cref="ConnectionFailedException">It can't be read, or names no user.</exception>
    public async ValueTask<DatabaseLogin> ReadAsync(CancellationToken cancellationToken)
    {
        var secret = Interlocked.Exchange(ref _first, null) ?? DatabaseSecret.Parse(await reader.ReadAsync(id, cancellationToken), id);
        return new DatabaseLogin(
            secret.User ?? user ?? throw new ConnectionFailedException($"the secret {id} names no user", "Set DB_USER, or add \"username\" to the secret."), secret.Password)
        {
            Mend = $"The password is the one in the secret {id}: check that it is the database's, and that a rotation has not stopped halfway: aws secretsmanager describe-secret --secret-id {id}",
        };
    }
}
