using PhaserAI.Migrations.Tests.Postgres;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>A database, a folder of migrations and the library between them.</summary>
internal sealed class TestRun : IAsyncDisposable, IProgress<MigrationEvent>
{
    private TestRun(TestDatabase database) => Database = database;

    public TestDatabase Database { get; }

    public MigrationFolder Folder { get; } = new();

    /// <summary>What happened, in order.</summary>
    public List<MigrationEvent> Events { get; } = [];

    /// <summary>Called for each event, in the middle of the run.</summary>
    public Action<MigrationEvent>? OnEvent { get; set; }

    public static async Task<TestRun> CreateAsync(PostgresServer server) => new(await server.CreateDatabaseAsync());

    public MigrationOptions Options => new()
    {
        ConnectionString = Database.ConnectionString,
        Directory = Folder.Path,
        Drift = DriftPolicy.Lenient,
    };

    public Task<MigrationReport> UpAsync(CancellationToken cancellationToken = default) => UpAsync(Options, cancellationToken);

    public Task<MigrationReport> UpAsync(MigrationOptions options, CancellationToken cancellationToken = default) =>
        new Migrator(options, this).UpAsync(cancellationToken: cancellationToken);

    public Task<MigrationReport> DownAsync(DownTarget? target = null, CancellationToken cancellationToken = default) =>
        new Migrator(Options, this).DownAsync(target ?? DownTarget.Last, cancellationToken);

    public Task<MigrationStatus> StatusAsync() => new Migrator(Options).GetStatusAsync();

    /// <summary>The versions in the history, in order.</summary>
    public Task<string?> HistoryAsync() => Database.AskAsync("select string_agg(version, ' ' order by version) from schema_migrations");

    public void Report(MigrationEvent value)
    {
        lock (Events)
            Events.Add(value);
        OnEvent?.Invoke(value);
    }

    public async ValueTask DisposeAsync()
    {
        Folder.Dispose();
        await Database.DisposeAsync();
    }
}
