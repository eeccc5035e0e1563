using System.Data;
using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Ends a failed transaction, so that nothing of it stays. It is never cancelled.</summary>
internal static class Rollback
{
    /// <summary>Whether the connection still lives; if not, the server rolls back by itself.</summary>
    public static async Task<bool> RunAsync(NpgsqlConnection connection)
    {
        if (connection.FullState is not ConnectionState.Open)
            return false;
        try
        {
            var command = new NpgsqlCommand("rollback", connection);
            await using (command.ConfigureAwait(false))
                await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
