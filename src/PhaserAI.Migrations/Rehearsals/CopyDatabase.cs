using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Rehearsals;

/// <summary>
/// A database for one rehearsal. As long as it is in use a session of its server holds an advisory lock with the database's name,
/// taken before there is a database: one without that lock has lost its runner, and the next rehearsal drops it.
/// </summary>
internal sealed class CopyDatabase : IAsyncDisposable
{
    private const string Prefix = "phaserai_rehearsal_";

    private readonly RehearsalOptions _options;
    private readonly IProgress<MigrationEvent>? _progress;
    private NpgsqlConnection _keeper;

    private CopyDatabase(RehearsalOptions options, NpgsqlConnection keeper, string name, IProgress<MigrationEvent>? progress) =>
        (_options, _keeper, Name, _progress) = (options, keeper, name, progress);

    public string Name { get; }

    /// <summary>Where it is, for people.</summary>
    public string Server => $"{_keeper.Host}:{_keeper.Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Makes one like the source; before that, drops those whose runners are gone.</summary>
    /// <param name="options">On which server: the lock is held in the database that is named there.</param>
    /// <param name="source">What it is a copy of.</param>
    /// <param name="progress">Is told what is dropped, and what can't be.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="ConnectionFailedException">There is no connection to the server.</exception>
    /// <exception cref="BackupFailedException">It does not let the user make a database.</exception>
    public static async Task<CopyDatabase> CreateAsync(
        RehearsalOptions options, CopySource source, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        var keeper = await OpenAsync(options, cancellationToken).ConfigureAwait(false);
        try
        {
            await DropLeftoversAsync(keeper, progress, cancellationToken).ConfigureAwait(false);
            var now = options.Migrations.TimeProvider.GetUtcNow();
            var name = $"{Prefix}{now.UtcDateTime.ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture)}_{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
            await OwnSql.RunAsync(keeper, $"select pg_advisory_lock({KeyOf(name).ToString(CultureInfo.InvariantCulture)})", cancellationToken).ConfigureAwait(false);
            await MakeAsync(keeper, name, source, cancellationToken).ConfigureAwait(false);
            var scratch = new CopyDatabase(options, keeper, name, progress);
            try
            {
                var comment = string.Create(
                    CultureInfo.InvariantCulture,
                    $"Copy of {source.Name} for a rehearsal of its migrations: pid {Environment.ProcessId} on {Environment.MachineName}, since {now.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z. The rehearsal drops it when it ends, the next one if it can't.");
                await OwnSql.RunAsync(keeper, $"comment on database {name} is {Literal(comment)}", cancellationToken).ConfigureAwait(false);
                foreach (var setting in source.Settings)
                    await TrySetAsync(keeper, $"alter database {name} set {setting}", cancellationToken).ConfigureAwait(false);
                return scratch;
            }
            catch
            {
                await scratch.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        catch
        {
            await keeper.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A connection string of it, with what the source's says of the session.</summary>
    public string ConnectionStringLike(string? source)
    {
        var address = new NpgsqlConnectionStringBuilder(_options.ServerConnectionString) { Database = Name };
        if (source is not null)
        {
            var session = new NpgsqlConnectionStringBuilder(source);
            (address.SearchPath, address.Options, address.Timezone) = (session.SearchPath, session.Options, session.Timezone);
        }

        return address.ConnectionString;
    }

    /// <summary>Drops it; who is still connected to it is a remainder of this rehearsal.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_keeper.FullState is not System.Data.ConnectionState.Open)
            {
                await _keeper.DisposeAsync().ConfigureAwait(false);
                _keeper = await OpenAsync(_options, CancellationToken.None).ConfigureAwait(false);
            }

            await OwnSql.RunAsync(_keeper, $"drop database if exists {Name} with (force)", CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception unable) when (unable is NpgsqlException or MigrationException)
        {
            _progress?.Report(new CopyNotDropped(Name, (unable as PostgresException)?.MessageText ?? unable.Message));
        }
        finally
        {
            await _keeper.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static Task<NpgsqlConnection> OpenAsync(RehearsalOptions options, CancellationToken cancellationToken) =>
        MigrationConnection.OpenAsync(options.ServerConnectionString, options.ServerLogin, options.Migrations.TimeProvider, cancellationToken);

    /// <summary>What another user has made stays, with its comment: it can't be dropped.</summary>
    private static async Task DropLeftoversAsync(NpgsqlConnection keeper, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        var found = new List<(string Name, string? Comment)>();
        var command = new NpgsqlCommand($"select datname, shobj_description(oid, 'pg_database') from pg_database where starts_with(datname, '{Prefix}') and pg_has_role(datdba, 'member')", keeper);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    found.Add((reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1)));
            }
        }

        foreach (var (name, comment) in found)
        {
            if (await IsInUseAsync(keeper, name, cancellationToken).ConfigureAwait(false))
                continue;
            await OwnSql.RunAsync(keeper, $"drop database if exists {Quoted(name)} with (force)", cancellationToken).ConfigureAwait(false);
            progress?.Report(new LeftoverDropped(name, comment));
        }
    }

    /// <summary>pg_locks shows the locks of all databases, whichever the runner has connected to.</summary>
    private static async Task<bool> IsInUseAsync(NpgsqlConnection keeper, string name, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(
            $"select exists (select from pg_locks where locktype = 'advisory' and objsubid = 1 and ((classid::bigint << 32) | objid::bigint) = {KeyOf(name).ToString(CultureInfo.InvariantCulture)})", keeper);
        await using (command.ConfigureAwait(false))
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
    }

    private static async Task MakeAsync(NpgsqlConnection keeper, string name, CopySource source, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                await OwnSql.RunAsync(keeper, $"create database {name} template template0 {source.Encoding} {source.Locale}", cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException refused) when (source.Locale.Length > 0 && refused.SqlState is not PostgresErrorCodes.InsufficientPrivilege)
            {
                // The server's machine has not got that locale.
                await OwnSql.RunAsync(keeper, $"create database {name} template template0 {source.Encoding} lc_collate 'C' lc_ctype 'C'", cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PostgresException refused)
        {
            throw new BackupFailedException(
                $"no copy can be made on {keeper.Host}:{keeper.Port.ToString(CultureInfo.InvariantCulture)}: {refused.MessageText}; nothing was changed",
                refused.SqlState is PostgresErrorCodes.InsufficientPrivilege
                    ? "Let that user make databases (ALTER ROLE … CREATEDB), or name another server in REHEARSE_DATABASE_URL."
                    : "Mend what the server says, or name another server in REHEARSE_DATABASE_URL.",
                refused);
        }
    }

    /// <summary>What this server does not know, or lets only a superuser set, it does without.</summary>
    private static async Task TrySetAsync(NpgsqlConnection keeper, string sql, CancellationToken cancellationToken)
    {
        try
        {
            await OwnSql.RunAsync(keeper, sql, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException)
        {
        }
    }

    private static long KeyOf(string name) => BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"rehearsal in {name}")));

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
