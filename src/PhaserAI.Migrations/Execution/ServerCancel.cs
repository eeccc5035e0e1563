using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Asks the server to cancel what a connection is doing, where Npgsql can't: during COPY, when the server may wait for a
/// lock or run triggers for minutes. Dispose waits until the request, if there was one, is through.
/// </summary>
internal sealed class ServerCancel : IAsyncDisposable
{
    private readonly CancellationTokenRegistration _registration;
    private Task _request = Task.CompletedTask;

    public ServerCancel(NpgsqlConnection connection, MigrationOptions options, CancellationToken cancellationToken)
    {
        var backend = connection.ProcessID;
        _registration = cancellationToken.Register(() => _request = Task.Run(() => RequestAsync(options, backend), CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await _registration.DisposeAsync().ConfigureAwait(false);
        await _request.ConfigureAwait(false);
    }

    // A pooler makes up process ids (measured), so it must be one that copies.
    private static async Task RequestAsync(MigrationOptions options, int backend)
    {
        const string Sql = """
            select pg_cancel_backend(pid) from pg_stat_activity
             where pid = $1 and usename = session_user and datname = current_database() and state = 'active' and query ~* '^copy'
            """;
        try
        {
            var connection = await MigrationConnection.OpenAsync(options, CancellationToken.None).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var command = new NpgsqlCommand(Sql, connection);
                await using (command.ConfigureAwait(false))
                {
                    command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = backend });
                    await command.ExecuteNonQueryAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception failure) when (failure is NpgsqlException or MigrationException)
        {
            // The cancel then takes effect once the server reads on.
        }
    }
}
