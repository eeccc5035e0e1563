using Npgsql;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Backups;

/// <summary>
/// A database for a while: dropped when it is disposed of. While it is in use its maker holds an advisory lock that is made of its
/// name, so one without was left by a run that was killed, and the next one drops it.
/// </summary>
internal sealed class ScratchDatabase : IAsyncDisposable
{
    /// <summary>Its name and this comment together say that it may be dropped.</summary>
    private const string Comment = "scratch database of phaserai-migrate, which may drop it at any time";

    private readonly NpgsqlConnection _connection;
    private bool _isKept;

    private ScratchDatabase(NpgsqlConnection connection, string name, string connectionString) => (_connection, Name, ConnectionString) = (connection, name, connectionString);

    public string Name { get; }

    /// <summary>How to connect to it.</summary>
    public string ConnectionString { get; }

    /// <summary>Makes an empty one of the same form as a database.</summary>
    /// <param name="connectionString">Where it is made, and from where it is dropped.</param>
    /// <param name="form">Its form.</param>
    /// <param name="purpose">A word for its name: verify, restore.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="BackupFailedException">The server refuses.</exception>
    public static async Task<ScratchDatabase> CreateAsync(string connectionString, DatabaseForm form, string purpose, CancellationToken cancellationToken)
    {
        var name = $"phaserai_scratch_{purpose}_{Guid.NewGuid().ToString("N")[..12]}";
        var connection = await MigrationConnection.OpenAsync(connectionString, cancellationToken).ConfigureAwait(false);
        var scratch = new ScratchDatabase(connection, name, new NpgsqlConnectionStringBuilder(connectionString) { Database = name }.ConnectionString);
        try
        {
            await scratch.RunAsync($"select pg_advisory_lock(hashtextextended('{name}', 0))", cancellationToken).ConfigureAwait(false);
            await scratch.DropLeftoversAsync(cancellationToken).ConfigureAwait(false);
            await scratch.RunAsync(form.Create(name), cancellationToken).ConfigureAwait(false);
            await scratch.RunAsync($"comment on database {DatabaseForm.Quote(name)} is '{Comment}'", cancellationToken).ConfigureAwait(false);
            return scratch;
        }
        catch (PostgresException refused) when (!cancellationToken.IsCancellationRequested)
        {
            await scratch.DisposeAsync().ConfigureAwait(false);
            throw new BackupFailedException(
                $"no database can be made to restore into: {refused.MessageText} [{refused.SqlState}]",
                refused.SqlState is PostgresErrorCodes.InsufficientPrivilege ? $"Let a superuser run: ALTER ROLE {DatabaseForm.Quote(connection.UserName ?? "")} CREATEDB;" : "Mend what it says, and run the command again. Nothing was changed.",
                refused);
        }
        catch
        {
            await scratch.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>It is not a scratch database any more.</summary>
    public void Keep() => _isKept = true;

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_isKept && _connection.FullState is System.Data.ConnectionState.Open)
                await RunAsync($"drop database if exists {DatabaseForm.Quote(Name)} with (force)", CancellationToken.None).ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // The next run drops it.
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private async Task DropLeftoversAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        var find = new NpgsqlCommand(
            $$"""
            select d.datname::text from pg_database d
             where d.datname ~ '^phaserai_scratch_[a-z]+_[0-9a-f]{12}$' and shobj_description(d.oid, 'pg_database') = '{{Comment}}' and pg_has_role(d.datdba, 'usage')
               and not exists (
                 select from pg_locks l
                  where l.locktype = 'advisory' and l.objsubid = 1 and (l.classid::bigint << 32) | l.objid::bigint = hashtextextended(d.datname::text, 0))
            """,
            _connection);
        await using (find.ConfigureAwait(false))
        {
            var reader = await find.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    names.Add(reader.GetString(0));
            }
        }

        foreach (var name in names)
        {
            try
            {
                await RunAsync($"drop database if exists {DatabaseForm.Quote(name)} with (force)", cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException)
            {
                // Another run is dropping it.
            }
        }
    }

    private Task RunAsync(string sql, CancellationToken cancellationToken) => OwnSql.RunAsync(_connection, sql, cancellationToken);
}
