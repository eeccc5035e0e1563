using System.Data;
using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Ends a transaction that failed or was cancelled, so that nothing of it stays. It is never cancelled itself.</summary>
internal static class Rollback
{
    /// <summary>Without a connection the server rolls back by itself; without a transaction it answers with a warning (25P01).</summary>
    public static async Task RunAsync(NpgsqlConnection connection)
    {
        if (connection.FullState is not ConnectionState.Open)
            return;
        try
        {
            await OwnSql.RunAsync(connection, "rollback", CancellationToken.None).ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // The connection broke meanwhile.
        }
    }
}
