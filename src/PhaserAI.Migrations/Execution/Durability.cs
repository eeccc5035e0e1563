using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>What is reported as applied is on disk, also where synchronous_commit is off.</summary>
internal static class Durability
{
    /// <summary>
    /// Waits until everything committed so far is on disk. Migrations commit with synchronous_commit = off; a crash within the
    /// next moments would lose what was reported (measured: 6 of 6). One transaction that writes WAL and is synchronous
    /// flushes all before it; an emitted message is the smallest such transaction and needs no right and no table. It waits
    /// as the server is set to, for a standby too, and for the local disk at least.
    /// </summary>
    public static async Task FlushAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = """
            select pg_logical_emit_message(true, 'migrations', ''),
                   case current_setting('synchronous_commit') when 'off' then set_config('synchronous_commit', 'local', true) end
            """;
        await OwnSql.RunAsync(connection, Sql, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same on a connection of its own, when the run's is gone; false when there is none to be had.</summary>
    public static async Task<bool> TryFlushElsewhereAsync(MigrationOptions options)
    {
        try
        {
            var connection = await MigrationConnection.OpenAsync(options, CancellationToken.None).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
                await FlushAsync(connection, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (Exception unable) when (unable is NpgsqlException or MigrationException)
        {
            return false;
        }
    }
}
