using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// A step in autocommit that an earlier run began and never recorded: when that run was killed, the server may have gone
/// on and finished it. The catalog tells, where it can.
/// </summary>
internal static class InterruptedStep
{
    /// <summary>Whether what the statement does is there already; false when the catalog does not say.</summary>
    public static async Task<bool> IsDoneAsync(
        NpgsqlConnection connection, SourceText text, SqlStatement statement, CancellationToken cancellationToken)
    {
        if (ConcurrentIndex.Read(text, statement) is { } index)
            return await index.IsBuiltAsync(connection, cancellationToken).ConfigureAwait(false);
        if (ReadDroppedIndex(text, statement) is not { } dropped)
            return false;
        var command = new NpgsqlCommand("select to_regclass($1) is null", connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = dropped });
            return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }

    private static string? ReadDroppedIndex(SourceText text, SqlStatement statement)
    {
        if (statement.Command != "DROP INDEX CONCURRENTLY")
            return null;
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        while (reader.Read() && !reader.IsWord("concurrently"u8))
        {
            // DROP INDEX
        }

        if (reader.TryReadWord("if"u8))
            reader.TryReadWord("exists"u8);
        var start = reader.Current.End;
        return reader.TryReadQualifiedName(out _) ? text.GetString(start, reader.Current.End - start).Trim() : null;
    }
}
