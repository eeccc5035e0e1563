using Npgsql;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Rehearsals;

/// <summary>A database for one rehearsal, like the source before there is anything in it.</summary>
internal sealed class CopyDatabase(RehearsalOptions options, ScratchDatabase scratch) : IAsyncDisposable
{
    public string Name => scratch.Name;

    /// <summary>Where it is, for people.</summary>
    public string Server => scratch.Server;

    /// <summary>Makes one.</summary>
    /// <param name="options">On which server.</param>
    /// <param name="source">The form of what it is a copy of; null for what the server makes by default: into that a backup goes.</param>
    /// <param name="progress">Is told what is dropped, and what can't be.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="ConnectionFailedException">There is no connection to the server.</exception>
    /// <exception cref="BackupFailedException">It does not let the user make a database.</exception>
    public static async Task<CopyDatabase> CreateAsync(
        RehearsalOptions options, DatabaseForm? source, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        var of = options.Backup?.Backup.Name ?? new NpgsqlConnectionStringBuilder(options.Migrations.ConnectionString).Database ?? "a database";
        try
        {
            var scratch = await ScratchDatabase.CreateAsync(
                token => MigrationConnection.OpenAsync(options.ServerConnectionString, options.ServerLogin, options.Migrations.TimeProvider, token),
                "rehearsal",
                $"Copy of {of} for a rehearsal of its migrations",
                source?.CreateElsewhere() ?? [name => $"create database {name} template template0"],
                options.Migrations.TimeProvider,
                progress,
                cancellationToken).ConfigureAwait(false);
            var copy = new CopyDatabase(options, scratch);
            foreach (var setting in source?.Settings ?? [])
                await copy.TrySetAsync(setting, cancellationToken).ConfigureAwait(false);
            return copy;
        }
        catch (ScratchRefusedException refused)
        {
            throw new BackupFailedException(
                $"no copy can be made on {refused.Server}: {refused.Message}; nothing was changed",
                refused.IsMissingRight
                    ? "Let that user make databases (ALTER ROLE … CREATEDB), or name another server in REHEARSE_DATABASE_URL."
                    : "Mend what the server says, or name another server in REHEARSE_DATABASE_URL.",
                refused.InnerException);
        }
    }

    /// <summary>A connection string of it, with what the source's says of the session.</summary>
    public string ConnectionStringLike(string? source)
    {
        var address = new NpgsqlConnectionStringBuilder(options.ServerConnectionString) { Database = Name };
        if (source is not null)
        {
            var session = new NpgsqlConnectionStringBuilder(source);
            (address.SearchPath, address.Options, address.Timezone) = (session.SearchPath, session.Options, session.Timezone);
        }

        return address.ConnectionString;
    }

    public ValueTask DisposeAsync() => scratch.DisposeAsync();

    /// <summary>What this server does not know, or lets only a superuser set, it does without.</summary>
    private async Task TrySetAsync(string setting, CancellationToken cancellationToken)
    {
        try
        {
            await scratch.RunAsync($"alter database {Name} set {setting}", cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException) when (!cancellationToken.IsCancellationRequested)
        {
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
