using PhaserAI.Migrations.Tests.Postgres;

namespace PhaserAI.Migrations.Tests.Lambda;

/// <summary>The function with a folder of files and a database of one test's own.</summary>
internal sealed class TestFunction : IAsyncDisposable
{
    public const string Name = "phaserai-migration-prod-MigrationFunction";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("phaserai-function-");

    private TestFunction(TestDatabase database, TimeSpan timeout)
    {
        Database = database;
        Directory.CreateDirectory(Migrations);
        Variables["ENVIRONMENT"] = "test";
        Variables["DB_HOST"] = database.Address.Host!;
        Variables["DB_PORT"] = $"{database.Address.Port}";
        Variables["DB_NAME"] = database.Address.Database!;
        Variables["DB_USER"] = database.Address.Username!;
        Variables["DB_SSLMODE"] = "disable";
        Lambda = new LambdaEmulator(Name, timeout, api => new Sandbox(api, Folder, Variables));
    }

    /// <summary>What its owner has set.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    public TestDatabase Database { get; }

    public LambdaEmulator Lambda { get; }

    public string Folder => _folder.FullName;

    public string Migrations => Path.Combine(Folder, "migrations");

    public static async Task<TestFunction> CreateAsync(PostgresServer server, TimeSpan? timeout = null) =>
        new(await server.CreateDatabaseAsync(), timeout ?? TimeSpan.FromMinutes(15));

    /// <summary>The function in front of a database that somebody has made.</summary>
    public static TestFunction Of(TestDatabase database) => new(database, TimeSpan.FromMinutes(15));

    public void Write(string name, string text) => File.WriteAllText(Path.Combine(Migrations, name), text);

    /// <summary>Deploys another set of files.</summary>
    public void Replace(params (string Name, string Text)[] files)
    {
        foreach (var file in Directory.GetFiles(Migrations))
            File.Delete(file);
        foreach (var (name, text) in files)
            Write(name, text);
    }

    /// <summary>The versions in the history.</summary>
    public Task<string?> HistoryAsync() => Database.AskAsync("select string_agg(version, ' ' order by version) from schema_migrations");

    public Task<FunctionAnswer> InvokeAsync(string payload) => Lambda.InvokeAsync(payload);

    public async ValueTask DisposeAsync()
    {
        await Lambda.DisposeAsync();
        await Database.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
