using Npgsql;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>A transaction that has written into the table t and stays open: a concurrent build of an index waits for it.</summary>
internal sealed class OpenWriter : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private OpenWriter(NpgsqlConnection connection, NpgsqlTransaction transaction) => (_connection, _transaction) = (connection, transaction);

    public int ProcessId => _connection.ProcessID;

    public static async Task<OpenWriter> BeginAsync(TestDatabase database)
    {
        var connection = await database.OpenAsync();
        var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var write = new NpgsqlCommand("insert into t values (0)", connection);
        await write.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return new OpenWriter(connection, transaction);
    }

    public Task CommitAsync() => _transaction.CommitAsync(TestContext.Current.CancellationToken);

    public void Rollback() => _transaction.Rollback();

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
