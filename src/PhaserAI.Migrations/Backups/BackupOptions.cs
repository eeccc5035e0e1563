using Npgsql;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Backups;

/// <summary>What backups are made, kept and restored with.</summary>
public sealed record BackupOptions
{
    /// <summary>An Npgsql connection string of the database.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>As <see cref="MigrationOptions.Login"/>: asked anew for each connection and each child process.</summary>
    public Func<CancellationToken, ValueTask<DatabaseLogin>>? Login { get; init; }

    /// <summary>Where backups are kept.</summary>
    public required IBackupStore Store { get; init; }

    /// <summary>The folder of pg_dump, pg_restore and psql; null means wherever they are found.</summary>
    public string? ProgramFolder { get; init; }

    /// <summary>The folders in which programs are looked for first, as the variable PATH lists them.</summary>
    public string? ProgramPath { get; init; }

    /// <summary>The home folder, in which libpq looks for certificates; null leaves that to libpq.</summary>
    public string? Home { get; init; }

    /// <summary>The schema of <c>schema_migrations</c>; null means the one on the search_path.</summary>
    public string? HistorySchema { get; init; }

    /// <summary>Name and version of the tool, for the manifest.</summary>
    public string Tool { get => field ?? LibraryVersion.Tool; init; }

    /// <summary>How a person calls the tool, for what a backup says about its restoring.</summary>
    public string CommandName { get; init; } = "phaserai-migrate";

    /// <summary>Whether the database is another one than the one that is set: a command that is proposed has to name it.</summary>
    internal bool IsOtherDatabase { get; init; }

    /// <summary>The environment's name, for the manifest.</summary>
    public string? Environment { get; init; }

    /// <summary>The project's commit, for the manifest.</summary>
    public string? GitCommit { get; init; }

    /// <summary>Who runs the tool on this machine, for the log.</summary>
    public string? OperatingSystemUser { get; init; }

    /// <summary>Whether a backup is recorded in the log of its database; a copy for a rehearsal leaves the source as it was.</summary>
    internal bool IsLogged { get; init; } = true;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The database's address for a child process, with the login of now.</summary>
    internal async ValueTask<NpgsqlConnectionStringBuilder> ReadAddressAsync(CancellationToken cancellationToken)
    {
        var address = new NpgsqlConnectionStringBuilder(ConnectionString);
        if (Login is { } read)
        {
            var login = await read(cancellationToken).ConfigureAwait(false);
            (address.Username, address.Password) = (login.User, login.Password);
        }

        return address;
    }

    /// <summary>The same with who logs in now in the connection string, for what opens several connections and child processes at once.</summary>
    internal async Task<BackupOptions> LogInAsync(CancellationToken cancellationToken) =>
        this with { ConnectionString = (await ReadAddressAsync(cancellationToken).ConfigureAwait(false)).ConnectionString, Login = null, LaterLogin = Login };

    /// <summary>What <see cref="Login"/> was before <see cref="LogInAsync"/>: a token of IAM is valid for 15 minutes, and a restore may take longer.</summary>
    private Func<CancellationToken, ValueTask<DatabaseLogin>>? LaterLogin { get; init; }

    /// <summary>Connects after something that may have taken long.</summary>
    /// <exception cref="ConnectionFailedException">With a sentence on why.</exception>
    internal Task<NpgsqlConnection> OpenLaterAsync(string connectionString, CancellationToken cancellationToken) =>
        MigrationConnection.OpenAsync(connectionString, LaterLogin, TimeProvider, cancellationToken);

    /// <summary>Without the connection string, which may hold a password.</summary>
    public override string ToString() => $"backups in {Store.Address}";
}
