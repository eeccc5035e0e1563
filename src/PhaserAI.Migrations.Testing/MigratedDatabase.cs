using Npgsql;

namespace PhaserAI.Migrations.Testing;

/// <summary>A migrated database of one test's own. Disposing of it drops it, together with whatever connections are left.</summary>
public sealed class MigratedDatabase : IAsyncDisposable
{
    private readonly DatabaseStock _stock;

    internal MigratedDatabase(string name, string connectionString, DatabaseStock stock) =>
        (Name, ConnectionString, _stock) = (name, connectionString, stock);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The connection string to it: the server's, with this database.</summary>
    public string ConnectionString { get; }

    /// <summary>Returns at once; the database is dropped in the background, and at the latest when <see cref="MigratedDatabases"/> is disposed of.</summary>
    public ValueTask DisposeAsync()
    {
        using (var pooled = new NpgsqlConnection(ConnectionString))
            NpgsqlConnection.ClearPool(pooled);
        _stock.Drop(Name);
        return ValueTask.CompletedTask;
    }

    /// <summary>Without the connection string, which may hold a password.</summary>
    public override string ToString() => Name;
}
