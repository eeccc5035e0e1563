using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Backups;

/// <summary>
/// A database for a while: dropped when it is disposed of. As long as it is in use a session of its server holds an advisory lock with
/// its name, taken before there is a database: one without that lock has lost its runner, and the next run drops it.
/// </summary>
internal sealed class ScratchDatabase : IAsyncDisposable
{
    /// <summary>The name and the end of the comment together say that it may be dropped.</summary>
    private const string Names = "^phaserai_(rehearsal|restore|verify)_[0-9]{8}_[0-9]{6}_[0-9a-f]{6}$";

    private const string Ending = "phaserai-migrate drops it when that ends, or in its next run.";

    private readonly Func<CancellationToken, Task<NpgsqlConnection>> _open;
    private readonly IProgress<MigrationEvent>? _progress;
    private NpgsqlConnection _keeper;
    private bool _isKept;

    private ScratchDatabase(Func<CancellationToken, Task<NpgsqlConnection>> open, NpgsqlConnection keeper, string name, IProgress<MigrationEvent>? progress) =>
        (_open, _keeper, Name, _progress) = (open, keeper, name, progress);

    public string Name { get; }

    /// <summary>Where it is, for people.</summary>
    public string Server => $"{_keeper.Host}:{_keeper.Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Makes an empty one; before that, drops those whose runners are gone.</summary>
    /// <param name="open">Connects to the database of that server from which it is made and dropped.</param>
    /// <param name="purpose">A word for its name: rehearsal, restore, verify.</param>
    /// <param name="about">What it is, for its comment.</param>
    /// <param name="creations">How it can be made; what the server refuses is followed by the next.</param>
    /// <param name="clock">For its name.</param>
    /// <param name="progress">Is told what is dropped, and what can't be.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="ConnectionFailedException">There is no connection to the server.</exception>
    /// <exception cref="ScratchRefusedException">It lets the user make none.</exception>
    public static async Task<ScratchDatabase> CreateAsync(
        Func<CancellationToken, Task<NpgsqlConnection>> open,
        string purpose,
        string about,
        IReadOnlyList<Func<string, string>> creations,
        TimeProvider clock,
        IProgress<MigrationEvent>? progress,
        CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var name = $"phaserai_{purpose}_{now.ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture)}_{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        var keeper = await open(cancellationToken).ConfigureAwait(false);
        var scratch = new ScratchDatabase(open, keeper, name, progress);
        try
        {
            await scratch.DropLeftoversAsync(cancellationToken).ConfigureAwait(false);
            await scratch.RunAsync($"select pg_advisory_lock(hashtextextended('{name}', 0))", cancellationToken).ConfigureAwait(false);
            await scratch.MakeAsync(creations, cancellationToken).ConfigureAwait(false);
            var comment = string.Create(CultureInfo.InvariantCulture, $"{about}: pid {Environment.ProcessId} on {Environment.MachineName}, since {now:yyyy-MM-dd HH:mm:ss}Z. {Ending}");
            await scratch.RunAsync($"comment on database {name} is {DatabaseForm.Literal(comment)}", cancellationToken).ConfigureAwait(false);
            return scratch;
        }
        catch
        {
            await scratch.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>It is not a scratch database any more.</summary>
    public void Keep() => _isKept = true;

    /// <summary>Runs a statement of the tool's own beside it.</summary>
    public Task RunAsync(string sql, CancellationToken cancellationToken) => OwnSql.RunAsync(_keeper, sql, cancellationToken);

    /// <summary>Drops it; who is still connected to it is a remainder of this run.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_isKept)
                return;
            if (_keeper.FullState is not System.Data.ConnectionState.Open)
            {
                await _keeper.DisposeAsync().ConfigureAwait(false);
                _keeper = await _open(CancellationToken.None).ConfigureAwait(false);
            }

            await RunAsync($"drop database if exists {Name} with (force)", CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception unable) when (unable is NpgsqlException or MigrationException)
        {
            _progress?.Report(new ScratchNotDropped(Name, (unable as PostgresException)?.MessageText ?? unable.Message));
        }
        finally
        {
            await _keeper.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task MakeAsync(IReadOnlyList<Func<string, string>> creations, CancellationToken cancellationToken)
    {
        for (var next = 0; ; next++)
        {
            try
            {
                await RunAsync(creations[next](Name), cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (PostgresException refused) when (!cancellationToken.IsCancellationRequested)
            {
                if (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege || next + 1 == creations.Count)
                    throw new ScratchRefusedException(Server, _keeper.UserName ?? "", refused);
            }
        }
    }

    /// <summary>What another user has made stays: it can't be dropped. pg_locks shows the locks of all databases.</summary>
    private async Task DropLeftoversAsync(CancellationToken cancellationToken)
    {
        var found = new List<(string Name, string? Comment)>();
        var find = new NpgsqlCommand(
            $"""
            select datname::text, comment
              from pg_database d, shobj_description(d.oid, 'pg_database') comment
             where datname ~ '{Names}' and (comment is null or comment like '%{Ending}') and pg_has_role(datdba, 'usage')
               and not exists (
                 select from pg_locks l
                  where l.locktype = 'advisory' and l.objsubid = 1 and (l.classid::bigint << 32) | l.objid::bigint = hashtextextended(datname::text, 0))
            """,
            _keeper);
        await using (find.ConfigureAwait(false))
        {
            var reader = await find.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    found.Add((reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1)));
            }
        }

        foreach (var (name, comment) in found)
        {
            try
            {
                await RunAsync($"drop database {name} with (force)", cancellationToken).ConfigureAwait(false);
                _progress?.Report(new ScratchLeftoverDropped(name, comment));
            }
            catch (PostgresException)
            {
                // Another run is dropping it.
            }
        }
    }
}
