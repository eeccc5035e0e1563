using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;

namespace PhaserAI.Migrations.Tests.Imports;

/// <summary>A project with another tool's files, and a database.</summary>
internal sealed class ImportProject : IAsyncDisposable
{
    private readonly MigrationFolder _folder = new();

    private ImportProject(TestDatabase database, string old)
    {
        Database = database;
        Old = Path.Combine(_folder.Project, old);
        Directory.CreateDirectory(Old);
    }

    public TestDatabase Database { get; }

    /// <summary>The folder of the other tool.</summary>
    public string Old { get; }

    /// <summary>The folder of migrations.</summary>
    public string New => _folder.Path;

    /// <summary>What is in it, in order.</summary>
    public string[] Files => [.. Directory.GetFiles(New).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    public static async Task<ImportProject> CreateAsync(PostgresServer server, string old) => new(await server.CreateDatabaseAsync(), old);

    public void Write(string name, string text)
    {
        var file = Path.Combine(Old, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public string Read(string name) => File.ReadAllText(Path.Combine(New, name));

    /// <summary>Calls the tool.</summary>
    public Task<CliResult> RunAsync(params string[] args) => Cli().RunAsync(args);

    public CliRunner Cli(string environment = "dev", string? answers = null) => new(_folder, Database) { Answers = answers, Variables = { ["ENVIRONMENT"] = environment } };

    /// <summary>The history, a line for each row.</summary>
    public Task<string?> HistoryAsync() => Database.AskAsync("select string_agg(version || ' ' || coalesce(to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '-') || ' ' || coalesce(execution_time_ms::text, '-'), E'\\n' order by version) from schema_migrations");

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await Database.DisposeAsync();
    }
}
