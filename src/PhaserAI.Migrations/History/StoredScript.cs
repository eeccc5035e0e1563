using Npgsql;

namespace PhaserAI.Migrations.History;

/// <summary>A migration as it was when the migration was applied.</summary>
/// <param name="FileName">The name its file had.</param>
/// <param name="UpSql">Its UP section with secrets masked; null when it was empty or could not be kept.</param>
/// <param name="DownSql">The statements of its DOWN section; null when it had none, or when it could not be kept.</param>
internal sealed record StoredScript(string FileName, string? UpSql, string? DownSql)
{
    /// <summary>Those of some migrations, by version.</summary>
    public static async Task<Dictionary<string, StoredScript>> ReadAsync(
        NpgsqlConnection connection, string table, IEnumerable<string> versions, CancellationToken cancellationToken)
    {
        var stored = new Dictionary<string, StoredScript>(StringComparer.Ordinal);
        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var version in versions)
            {
                var command = new NpgsqlBatchCommand($"select version::text, file_name::text, up_sql::text, down_sql::text from {table} where version = $1");
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = version });
                batch.BatchCommands.Add(command);
            }

            if (batch.BatchCommands.Count == 0)
                return stored;
            var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                do
                {
                    if (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                        stored[reader.GetString(0)] = new StoredScript(reader.GetString(1), Text(reader, 2), Text(reader, 3));
                }
                while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
            }
        }

        return stored;
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
