using Npgsql;

namespace PhaserAI.Migrations.Backups;

/// <summary>Who else is connected to a database.</summary>
internal static class OtherSessions
{
    /// <summary>A session that has ended is seen until its process has too: the server itself waits as long before it renames or drops a database.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>Waits until nobody else is connected; null, or who still is after five seconds, for people.</summary>
    public static async Task<string?> WaitForEndAsync(NpgsqlConnection connection, TimeProvider clock, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        for (; ; )
        {
            if (await ReadAsync(connection, cancellationToken).ConfigureAwait(false) is not { } others)
                return null;
            if (clock.GetElapsedTime(began) >= Longest)
                return others;
            await Task.Delay(TimeSpan.FromMilliseconds(100), clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<string?> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var ask = new NpgsqlCommand(
            """
            select string_agg(format('pid %s (%s%s)', pid, usename, case when application_name = '' then '' else ', ' || application_name end), '; ' order by pid)
              from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
            """,
            connection);
        await using (ask.ConfigureAwait(false))
            return await ask.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }
}
