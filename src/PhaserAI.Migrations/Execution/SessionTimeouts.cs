using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// The session's timeouts around a statement that runs outside of any transaction; afterwards they are what they were. What
/// a script has set itself is kept where it does no harm.
/// </summary>
internal sealed class SessionTimeouts
{
    private readonly NpgsqlConnection _connection;
    private readonly string? _restore;

    private SessionTimeouts(NpgsqlConnection connection, string? restore) => (_connection, _restore) = (connection, restore);

    /// <summary>For CONCURRENTLY: a timeout would leave an INVALID index, or a partition half detached (measured).</summary>
    public static Task<SessionTimeouts> SwitchOffAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => SetAsync(
        connection, "name in ('lock_timeout', 'statement_timeout', 'transaction_timeout') and setting <> '0'", TimeSpan.Zero, cancellationToken);

    /// <summary>For what is harmless to try again: it waits for locks no longer than a transaction does.</summary>
    public static Task<SessionTimeouts> LimitLocksAsync(NpgsqlConnection connection, TimeSpan lockTimeout, CancellationToken cancellationToken) => SetAsync(
        connection, "name = 'lock_timeout' and source <> 'session'", lockTimeout, cancellationToken);

    public Task RestoreAsync(CancellationToken cancellationToken) => _restore is null ? Task.CompletedTask : RunAsync(_connection, _restore, cancellationToken);

    private static async Task<SessionTimeouts> SetAsync(
        NpgsqlConnection connection, string which, TimeSpan value, CancellationToken cancellationToken)
    {
        // RESET, unlike SET, leaves no trace that a later step would take for the script's own.
        var sql = $"""
            select string_agg(format('set %I = {(long)value.TotalMilliseconds}', name), '; '),
                   string_agg(case source when 'session' then format('set %I = %L', name, setting) else format('reset %I', name) end, '; ')
              from pg_settings where {which}
            """;
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            string? set = null, restore = null;
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (!reader.IsDBNull(0))
                    (set, restore) = (reader.GetString(0), reader.GetString(1));
            }

            if (set is not null)
                await RunAsync(connection, set, cancellationToken).ConfigureAwait(false);
            return new SessionTimeouts(connection, restore);
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
