using Npgsql;
using PhaserAI.Migrations.History;
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

    /// <summary>Which migrations in it are committed.</summary>
    public CommittedMigrations Committed { get; } = new();

    public void Add(SourceText text, SqlStatement statement)
    {
        Add(new NpgsqlBatchCommand(text.GetString(statement.Start, statement.Length)), new StatementOrigin(text, statement.Start, statement));
        _bytes += statement.Length;
        if (ExistingIndex.Question(text, statement) is { } question)
            Add(question, new StatementOrigin(text, statement.Start, statement) { IsIndexQuestion = true });
    }

    public void Add(string sql, StatementOrigin origin) => Add(new NpgsqlBatchCommand(sql), origin);

    public void Add(NpgsqlBatchCommand command, StatementOrigin origin)
    {
        _batch.BatchCommands.Add(command);
        _origins.Add(origin);
    }

    public void AddCommit(StatementOrigin origin)
    {
        var commit = new NpgsqlBatchCommand("COMMIT");
        Add(commit, origin);
        Committed.Expect(commit);
    }

    /// <summary>Sends what has been added; afterwards the batch is empty.</summary>
    /// <exception cref="StatementFailedException">The server refused one of the statements.</exception>
    public Task SendAsync(CancellationToken cancellationToken) => SendAsync(static () => { }, cancellationToken);

    /// <summary>As above, and tells when more migrations may be <see cref="Committed"/>.</summary>
    public async Task SendAsync(Action advanced, CancellationToken cancellationToken)
    {
        if (_origins.Count == 0)
            return;
        try
        {
            var reader = await _batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                for (var hasRows = reader.FieldCount > 0; hasRows; hasRows = await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
                {
                    advanced();
                    if (reader.GetName(0) == HistoryWriter.ElapsedColumn && await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                        Committed.Recorded(reader.GetInt32(0));
                }
            }
        }
        catch (PostgresException refused)
        {
            throw new StatementFailedException(refused, OriginOf(refused.BatchCommand));
        }

        Committed.Settle();
        advanced();
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
