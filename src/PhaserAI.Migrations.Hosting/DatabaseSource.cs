using Npgsql;

namespace PhaserAI.Migrations.Hosting;

/// <summary>Where the database is: a connection string, or a data source, whose password may be another at each connection.</summary>
internal sealed class DatabaseSource
{
    private readonly NpgsqlDataSource? _source;

    public DatabaseSource(string connectionString) => ConnectionString = connectionString;

    public DatabaseSource(NpgsqlDataSource source) => (_source, ConnectionString) = (source, source.ConnectionString);

    /// <summary>A data source's is without its password.</summary>
    public string ConnectionString { get; }

    /// <summary>For <see cref="MigrationOptions.Login"/>; null where there is no password, or it stands in the connection string.</summary>
    public async ValueTask<Func<CancellationToken, ValueTask<DatabaseLogin>>?> FindLoginAsync(CancellationToken cancellationToken) =>
        _source is null || await ReadAsync(_source, cancellationToken).ConfigureAwait(false) is null
            ? null
            : async token => await ReadAsync(_source, token).ConfigureAwait(false)
                ?? throw new ConnectionFailedException("the data source has no password any more", "Check what provides its password.");

    /// <summary>A data source gives its password only to a connection's clone, which also asks a password provider.</summary>
    private static async ValueTask<DatabaseLogin?> ReadAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var connection = source.CreateConnection();
        await using (connection.ConfigureAwait(false))
        {
            var clone = await connection.CloneWithAsync(source.ConnectionString, cancellationToken).ConfigureAwait(false);
            await using (clone.ConfigureAwait(false))
            {
                var settings = new NpgsqlConnectionStringBuilder(clone.ConnectionString);
                return string.IsNullOrEmpty(settings.Password) ? null : new DatabaseLogin(settings.Username ?? Environment.UserName, settings.Password);
            }
        }
    }
}
