using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>What is reported as applied is on disk, also where synchronous_commit is off.</summary>
internal static class Durability
{
    /// <summary>
    /// Waits until everything committed so far is on disk. With synchronous_commit = off a crash within the next moments
    /// loses what was reported (measured: 6 of 6). One transaction that writes WAL and is synchronous flushes all before it;
    /// an emitted message is the smallest such transaction and needs no right and no table.
    /// </summary>
    public static async Task FlushAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = """
            select set_config('synchronous_commit', 'on', true), pg_logical_emit_message(true, 'migrations', '')
             where current_setting('synchronous_commit') = 'off'
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
