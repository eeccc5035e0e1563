using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>A session's lock_timeout and statement_timeout, switched off for a while; a script may have set its own.</summary>
internal sealed class SessionTimeouts
{
    private readonly NpgsqlConnection _connection;
    private readonly string _before;

    private SessionTimeouts(NpgsqlConnection connection, string before)
    {
        _connection = connection;
        _before = before;
    }

    public static async Task<SessionTimeouts> SwitchOffAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = """
            select format('set lock_timeout = %L; set statement_timeout = %L', current_setting('lock_timeout'), current_setting('statement_timeout'))
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            var before = (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            await SetAsync(connection, "set lock_timeout = 0; set statement_timeout = 0", cancellationToken).ConfigureAwait(false);
            return new SessionTimeouts(connection, before);
        }
    }

    public Task RestoreAsync(CancellationToken cancellationToken) => SetAsync(_connection, _before, cancellationToken);

    private static async Task SetAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
