namespace PhaserAI.Migrations.Hosting;

/// <summary>How an application migrates its database.</summary>
public sealed class PostgresMigrationsOptions
{
    /// <summary>The folder of migrations; a relative path counts from the folder of the program (<see cref="AppContext.BaseDirectory"/>).</summary>
    public string Directory { get; set; } = "migrations";

    /// <summary>
    /// Whether the application applies what is pending before any of its hosted services starts, the web server included. Where a deployment
    /// does that, set it to false; the health check then says when it has not.
    /// </summary>
    public bool MigrateOnStart { get; set; } = true;

    /// <summary>How long a start waits for another one, or for a deployment, that is migrating; zero tries once.</summary>
    public TimeSpan LockWait { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a start goes on trying to connect while the server takes no connections at all; zero tries once.</summary>
    public TimeSpan ConnectRetry { get; set; }

    /// <summary>
    /// What to do about differences between files and history. Null means <see cref="DriftPolicy.Lenient"/> where the host's environment is
    /// Development; elsewhere changed files and pending ones older than an applied one are refused, and missing files are logged: an older
    /// version of the application has to be able to start beside a newer one.
    /// </summary>
    public DriftPolicy? Drift { get; set; }

    /// <summary>
    /// Which of dev, test, staging and prod it is, for migrations whose header names environments. Null takes it from the host's environment,
    /// where that has one of these names, or is Development or Production; else such migrations are skipped.
    /// </summary>
    public string? Environment { get; set; }

    /// <summary>See <see cref="MigrationOptions.HistorySchema"/>.</summary>
    public string? HistorySchema { get; set; }

    /// <summary>
    /// How long the health check keeps the answer that nothing is pending, before it asks the database again. Every other answer is asked for
    /// anew each time.
    /// </summary>
    public TimeSpan HealthyFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Changes what else the library can be told, for example that it makes a backup; null changes nothing.</summary>
    public Func<MigrationOptions, MigrationOptions>? Adjust { get; set; }
}
