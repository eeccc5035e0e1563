using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Statements on their way to the server, sent together in one round trip. Script text goes untouched: NpgsqlBatch, unlike
/// NpgsqlCommand, never looks for semicolons in it.
/// </summary>
internal sealed class StatementBatch(NpgsqlConnection connection) : IAsyncDisposable
{
    private const int MaxStatements = 256;
    private const int MaxBytes = 1024 * 1024;

    private readonly List<StatementOrigin> _origins = [];
    private NpgsqlBatch _batch = new(connection);
    private int _bytes;

    public bool IsFull => _origins.Count >= MaxStatements || _bytes >= MaxBytes;

    public void Add(SourceText text, SqlStatement statement)
    {
        Add(new NpgsqlBatchCommand(text.GetString(statement.Start, statement.Length)), new StatementOrigin(text, statement.Start, statement));
        _bytes += statement.Length;
    }

    public void Add(string sql, StatementOrigin origin) => Add(new NpgsqlBatchCommand(sql), origin);

    public void Add(NpgsqlBatchCommand command, StatementOrigin origin)
    {
        _batch.BatchCommands.Add(command);
        _origins.Add(origin);
    }

    /// <summary>Sends what has been added; afterwards the batch is empty.</summary>
    /// <exception cref="StatementFailedException">The server refused one of the statements.</exception>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        if (_origins.Count == 0)
            return;
        try
        {
            await _batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused)
        {
            throw new StatementFailedException(refused, OriginOf(refused.BatchCommand));
        }

        await _batch.DisposeAsync().ConfigureAwait(false);
        _batch = new NpgsqlBatch(connection);
        _origins.Clear();
        _bytes = 0;
    }

    public ValueTask DisposeAsync() => _batch.DisposeAsync();

    private StatementOrigin OriginOf(NpgsqlBatchCommand? command)
    {
        var index = command is null ? -1 : _batch.BatchCommands.IndexOf(command);
        return _origins[index < 0 ? 0 : index];
    }
}
