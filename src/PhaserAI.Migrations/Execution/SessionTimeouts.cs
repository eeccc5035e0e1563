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
        connection, "name in ('lock_timeout', 'statement_timeout', 'transaction_timeout') and setting <> '0'", "0", cancellationToken);

    /// <summary>For everything else; null leaves it as it is.</summary>
    /// <param name="connection">The session.</param>
    /// <param name="lockTimeout">How long it waits for a lock.</param>
    /// <param name="statementTimeout">How long it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<SessionTimeouts> LimitAsync(
        NpgsqlConnection connection, TimeSpan? lockTimeout, TimeSpan? statementTimeout, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        if (lockTimeout is not null)
            names.Add("'lock_timeout'");
        if (statementTimeout is not null)
            names.Add("'statement_timeout'");
        if (names.Count == 0)
            return new SessionTimeouts(connection, null);
        var value = $"case name when 'lock_timeout' then {Milliseconds(lockTimeout)} else {Milliseconds(statementTimeout)} end";
        return await SetAsync(connection, $"name in ({string.Join(", ", names)}) and source <> 'session'", value, cancellationToken).ConfigureAwait(false);
    }

    private static long Milliseconds(TimeSpan? duration) => (long)(duration ?? TimeSpan.Zero).TotalMilliseconds;

    public Task RestoreAsync(CancellationToken cancellationToken) => _restore is null ? Task.CompletedTask : OwnSql.RunAsync(_connection, _restore, cancellationToken);

    private static async Task<SessionTimeouts> SetAsync(
        NpgsqlConnection connection, string which, string value, CancellationToken cancellationToken)
    {
        // RESET, unlike SET, leaves no trace that a later step would take for the script's own.
        var sql = $"""
            select string_agg(format('set %I = %s', name, {value}), '; '),
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
                await OwnSql.RunAsync(connection, set, cancellationToken).ConfigureAwait(false);
            return new SessionTimeouts(connection, restore);
        }
    }
}
