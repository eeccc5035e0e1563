using System.Collections.Immutable;
using PhaserAI.Migrations.Measuring;

namespace PhaserAI.Migrations;

/// <summary>What a <see cref="Migrator"/> works with.</summary>
public sealed record MigrationOptions
{
    /// <summary>An Npgsql connection string. Pooling, timeouts and keep-alive in it are overruled: migrations need their own.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>
    /// Asked for user and password before each connection is made, and again when the server refuses them (28P01): for secrets that
    /// are rotated during a run, and tokens that expire. They go before those in the connection string. It may throw
    /// <see cref="ConnectionFailedException"/>. Null leaves it at the connection string.
    /// </summary>
    public Func<CancellationToken, ValueTask<DatabaseLogin>>? Login { get; init; }

    /// <summary>The folder that holds the migrations.</summary>
    public required string Directory { get; init; }

    /// <summary>That folder as messages name it, for example relative to where the user stands; null means <see cref="Directory"/>.</summary>
    public string? DirectoryLabel { get; init; }

    /// <summary>
    /// The schema of <c>schema_migrations</c>; null means the one on the search_path that has the table, else the
    /// connection's current schema.
    /// </summary>
    public string? HistorySchema { get; init; }

    /// <summary>What <c>up</c> does about differences between files and history.</summary>
    public DriftPolicy Drift { get; init; } = DriftPolicy.Strict;

    /// <summary>How long to wait for another run to end; zero tries once.</summary>
    public TimeSpan LockWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long one attempt waits for a lock on a table. Above PostgreSQL's deadlock_timeout (1 s), or autovacuum never
    /// gives way (measured on 14, 16 and 18).
    /// </summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long to go on trying when tables are locked, before the migration fails.</summary>
    public TimeSpan RetryBudget { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// When a run has to be at its end; null when it may take as long as it likes. It begins no migration, step or other attempt for which less
    /// than <see cref="Reserve"/> is left, and then ends with a <see cref="RunPause"/>. What still runs when a sixth of the reserve is left is cancelled and
    /// rolled back; what runs outside of any transaction is left to the server, and the next run waits for it.
    /// </summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>See <see cref="Deadline"/>.</summary>
    public TimeSpan Reserve { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether there is still time to begin something.</summary>
    internal bool HasTime => Deadline is not { } end || end - TimeProvider.GetUtcNow() >= Reserve;

    /// <summary>Asked before something is begun.</summary>
    /// <exception cref="OutOfTimeException">No more than the reserve is left.</exception>
    internal void RequireTime()
    {
        if (!HasTime)
            throw new OutOfTimeException(null);
    }

    /// <summary>
    /// How long to go on trying to connect while the server takes no connections: it is paused, it starts, or another takes its place. Zero
    /// tries once. A wrong password or name is never tried again.
    /// </summary>
    public TimeSpan ConnectRetry { get; init; }

    /// <summary>
    /// Called with the plan of a run before anything is locked or written, and again if another run has changed the plan
    /// meanwhile; throws to refuse. Answers with what the log is to say about it, or null. Null approves.
    /// </summary>
    public Func<MigrationPlan, CancellationToken, Task<string?>>? Approve { get; init; }

    /// <summary>What <see cref="Approve"/> has answered.</summary>
    internal string? ApprovedBy { get; init; }

    /// <summary>What the approved plan destroys, for the log.</summary>
    internal ImmutableArray<DataLoss> Destroys { get; init; } = [];

    /// <summary>
    /// Called under the lock with the plan that is about to be run, before anything is written; makes a backup and answers with its
    /// address, or throws and nothing is run. Null makes none.
    /// </summary>
    public Func<MigrationPlan, CancellationToken, Task<string?>>? BackUp { get; init; }

    /// <summary>What <see cref="BackUp"/> has answered.</summary>
    internal string? BackedUpTo { get; init; }

    /// <summary>Measures each statement, which then goes alone; null for speed.</summary>
    internal StatementMeter? Meter { get; init; }

    /// <summary>What the history records as the tool that ran: a name and a version.</summary>
    public string Tool { get => field ?? LibraryVersion.Tool; init; }

    /// <summary>
    /// The environment of the database: dev, test, staging or prod. Migrations whose header names other environments are
    /// skipped; with null, all that name any.
    /// </summary>
    public string? Environment { get; init; }

    /// <summary>Who runs the tool on this machine, for the log.</summary>
    public string? OperatingSystemUser { get; init; }

    /// <summary>Who the run is to the cloud that it runs in, for example an AWS ARN, for the log; null when it is nobody or not known.</summary>
    public string? CloudIdentity { get; init; }

    /// <summary>The commit that the migrations come from, for the log; null when it is not known.</summary>
    public string? GitCommit { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Without the connection string, which may hold a password.
    /// </summary>
    public override string ToString() => $"migrations in {Directory}";
}
