using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Rehearsals;

/// <summary>What is rehearsed, and where.</summary>
public sealed record RehearsalOptions
{
    /// <summary>The run that is rehearsed. Its database is only read, and with a <see cref="Backup"/> not even that.</summary>
    public required MigrationOptions Migrations { get; init; }

    /// <summary>
    /// An Npgsql connection string that leads to a database, <c>postgres</c> as a rule, of the server on which the copy is made. Nothing is done to
    /// that database; its user has to be allowed to make others.
    /// </summary>
    public required string ServerConnectionString { get; init; }

    /// <summary>As <see cref="MigrationOptions.Login"/>, for that server.</summary>
    public Func<CancellationToken, ValueTask<DatabaseLogin>>? ServerLogin { get; init; }

    /// <summary>How PostgreSQL's client programs are found.</summary>
    public required BackupOptions Backups { get; init; }

    /// <summary>The backup that is copied; null copies the database.</summary>
    public BackupContent? Backup { get; init; }

    /// <summary>The last version that is rehearsed; null means everything pending.</summary>
    public MigrationVersion? Target { get; init; }

    /// <summary>Without connection strings, which may hold a password.</summary>
    public override string ToString() => $"rehearsal of {Migrations}";
}
