using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Runs SQL of the tool's own. Never a script's: an NpgsqlCommand cuts its text at each semicolon, and so cuts BEGIN ATOMIC bodies apart (measured).</summary>
internal static class OwnSql
{
    public static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
