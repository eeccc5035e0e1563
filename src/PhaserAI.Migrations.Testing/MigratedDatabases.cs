using Npgsql;

namespace PhaserAI.Migrations.Testing;

/// <summary>
/// Gives each test a migrated database of its own. The migrations run once, into a template database that is named after their content and
/// stays on the server: later runs use it as long as the scripts are the same. Each test's database is a copy of it; the next ones are
/// copied while tests run, so that a test does not wait. Make one for each run of tests; it connects when the first database is asked for.
/// </summary>
/// <param name="serverConnectionString">
/// An Npgsql connection string to any database of the server but a test's, such as <c>postgres</c>. Its user needs the right CREATEDB.
/// All runs that share templates should name the same one.
/// </param>
/// <param name="migrationsDirectory">The folder of migrations; a relative path counts from the folder of the tests' program (<see cref="AppContext.BaseDirectory"/>).</param>
public sealed class MigratedDatabases(string serverConnectionString, string migrationsDirectory) : IAsyncDisposable
{
    private readonly Lock _turn = new();
    private Task<DatabaseStock>? _stock;

    /// <summary>The environment of the databases, for migrations whose header names some; <c>test</c> unless it is set.</summary>
    public string Environment { get; init; } = "test";

    /// <summary>How many databases are made ahead when tests have asked for that many; at least 1.</summary>
    public int Ahead { get; init; } = 4;

    /// <summary>
    /// A database in which every migration is applied and nothing else has happened. Safe to call from many tests at once. The first call
    /// of a run also makes the template, if the server has none of these scripts.
    /// </summary>
    /// <exception cref="MigrationException">There is no connection, or a migration failed (<see cref="RunFailedException"/>).</exception>
    /// <exception cref="NpgsqlException">The server can't make a database, for example because a right is missing.</exception>
    public async Task<MigratedDatabase> CreateAsync(CancellationToken cancellationToken = default)
    {
        Task<DatabaseStock> starting;
        lock (_turn)
            starting = _stock ??= DatabaseStock.StartAsync(
                new NpgsqlConnectionStringBuilder(serverConnectionString), Path.GetFullPath(migrationsDirectory, AppContext.BaseDirectory), Environment, Math.Max(1, Ahead));
        var stock = await starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        var name = await stock.TakeAsync(cancellationToken).ConfigureAwait(false);
        return new MigratedDatabase(name, new NpgsqlConnectionStringBuilder(serverConnectionString) { Database = name }.ConnectionString, stock);
    }

    /// <summary>Drops all databases of this run that are left; the template stays for the next one.</summary>
    public async ValueTask DisposeAsync()
    {
        Task<DatabaseStock>? started;
        lock (_turn)
            (started, _stock) = (_stock, Task.FromException<DatabaseStock>(new ObjectDisposedException(nameof(MigratedDatabases))));
        if (started is null || !await HasStartedAsync(started).ConfigureAwait(false))
            return;
        await (await started.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A start that failed has been told to those who asked for a database, and has left nothing.</summary>
    private static async Task<bool> HasStartedAsync(Task<DatabaseStock> started)
    {
        await ((Task)started).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return started.IsCompletedSuccessfully;
    }
}
