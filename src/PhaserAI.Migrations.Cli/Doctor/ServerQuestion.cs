using Npgsql;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Asks the server in a transaction that can only read and ends soon.</summary>
internal static class ServerQuestion
{
    /// <summary>Every row of the answer.</summary>
    public static async Task<List<T>> AskAsync<T>(
        Examination of, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        var connection = of.Connection!;
        try
        {
            await using var batch = new NpgsqlBatch(connection);
            var question = new NpgsqlBatchCommand(sql);
            foreach (var parameter in parameters)
                question.Parameters.Add(parameter);
            batch.BatchCommands.Add(new NpgsqlBatchCommand("begin isolation level read committed read only"));
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"set local statement_timeout = {Examination.Patience.TotalMilliseconds - 1000:0}"));
            batch.BatchCommands.Add(question);
            batch.BatchCommands.Add(new NpgsqlBatchCommand("rollback"));
            var rows = new List<T>();
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                rows.Add(read(reader));
            return rows;
        }
        catch (PostgresException)
        {
            await Rollback.RunAsync(connection);
            throw;
        }
    }
}
