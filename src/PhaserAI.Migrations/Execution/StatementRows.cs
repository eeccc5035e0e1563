using System.Collections.Immutable;
using System.Data;
using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>A statement that answers with rows: it goes alone, so that what it shows is in order with the notices around it.</summary>
internal static class StatementRows
{
    private const int MaxRowsShown = 100;
    private const int MaxCellShown = 4000; // characters; more of a value nobody reads on a screen

    /// <summary>Rows are read as text: in binary, enums, composites, intervals and void throw in Npgsql (measured).</summary>
    /// <exception cref="StatementFailedException">The server refused the statement.</exception>
    public static async Task ShowAsync(
        NpgsqlConnection connection, SourceText text, SqlStatement statement, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        try
        {
            var command = new NpgsqlCommand(text.GetString(statement.Start, statement.Length), connection) { AllResultTypesAreUnknown = true };
            await using (command.ConfigureAwait(false))
            {
                // Sequential access leaves what is not read of a value on the network, and does not hold it.
                var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    if (await ReadAsync(reader, cancellationToken).ConfigureAwait(false) is { } rows)
                        progress?.Report(rows);
                }
            }
        }
        catch (PostgresException refused)
        {
            throw new StatementFailedException(refused, new StatementOrigin(text, statement.Start, statement));
        }
    }

    private static async Task<RowsReturned?> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var columns = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).ToImmutableArray();
        var rows = ImmutableArray.CreateBuilder<ImmutableArray<string?>>();
        var count = 0L;
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (count++ < MaxRowsShown)
                rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => ReadCell(reader, i))]);
        }

        return columns.IsEmpty ? null : new RowsReturned(columns, rows.DrainToImmutable(), count);
    }

    private static string? ReadCell(NpgsqlDataReader reader, int column)
    {
        if (reader.IsDBNull(column))
            return null;
        using var text = reader.GetTextReader(column);
        var start = new char[MaxCellShown + 1];
        var length = text.ReadBlock(start);
        return length > MaxCellShown ? string.Concat(start.AsSpan(0, MaxCellShown - (char.IsHighSurrogate(start[MaxCellShown - 1]) ? 1 : 0)), "…") : new string(start, 0, length);
    }
}
