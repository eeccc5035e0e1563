using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// ALTER TABLE … DETACH PARTITION … CONCURRENTLY works in two transactions. Stopped between them the partition is neither in
/// nor out ("pending"), and only FINALIZE goes on from there.
/// </summary>
internal sealed class ConcurrentDetach : CatalogCheck
{
    private readonly ObjectName _table;
    private readonly ObjectName _partition;

    private ConcurrentDetach(ObjectName table, ObjectName partition) => (_table, _partition) = (table, partition);

    private enum State
    {
        Attached,
        Pending,
        Detached,
        Unknown,
    }

    public static ConcurrentDetach? Read(SourceText text, SqlStatement statement)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        _ = reader.Read() && reader.Read(); // ALTER TABLE
        SkipIfExists(ref reader);
        reader.TryReadWord("only"u8);
        if (!ObjectName.TryRead(ref reader, out var table))
            return null;
        reader.TryReadCharacter('*');
        return reader.TryReadWord("detach"u8) && reader.TryReadWord("partition"u8) && ObjectName.TryRead(ref reader, out var partition)
            ? new ConcurrentDetach(table, partition)
            : null;
    }

    public override async Task<bool> IsDoneAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await ReadStateAsync(connection, cancellationToken).ConfigureAwait(false) is State.Detached;

    public override async Task<bool> MendAsync(
        NpgsqlConnection connection, MigrationOptions options, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        if (await ReadStateAsync(connection, cancellationToken).ConfigureAwait(false) is not State.Pending)
            return false;
        await OwnSql.RunAsync(connection, $"alter table {_table} detach partition {_partition} finalize", cancellationToken).ConfigureAwait(false);
        progress?.Report(new DetachFinalized(string.Join('.', _table.Parts), string.Join('.', _partition.Parts)));
        return true;
    }

    private async Task<State> ReadStateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = """
            select to_regclass($1) is not null and to_regclass($2) is not null,
                   (select inhdetachpending from pg_inherits where inhparent = to_regclass($1) and inhrelid = to_regclass($2))
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _table.ToString() });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _partition.ToString() });
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (!reader.GetBoolean(0))
                    return State.Unknown;
                if (reader.IsDBNull(1))
                    return State.Detached;
                return reader.GetBoolean(1) ? State.Pending : State.Attached;
            }
        }
    }
}
