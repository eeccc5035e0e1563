using System.Text.Json;
using PhaserAI.Migrations.Tests.Backups;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;

namespace PhaserAI.Migrations.Tests.Rehearsals;

/// <summary>A database with a table of many words, a folder of migrations, and rehearsals of them beside the database.</summary>
internal sealed class RehearsalRun : IAsyncDisposable
{
    private const string Setup = "CREATE TABLE words (id int PRIMARY KEY, word varchar(40), difficulty int); INSERT INTO words SELECT n, 'word ' || n FROM generate_series(1, 20000) n; CREATE TABLE empty ();";

    private RehearsalRun(TestDatabase database) => Database = database;

    public TestDatabase Database { get; }

    public MigrationFolder Folder { get; } = new();

    public static async Task<RehearsalRun> CreateAsync(PostgresServer server)
    {
        await Shell.RequireDumpAsync(server);
        var run = new RehearsalRun(await server.CreateDatabaseAsync());
        await run.Database.ExecuteAsync(Setup);
        return run;
    }

    public CliRunner Call()
    {
        var call = new CliRunner(Folder, Database) { Width = 200 };
        call.Variables["PATH"] = Environment.GetEnvironmentVariable("PATH")!;
        return call;
    }

    public Task<CliResult> RehearseAsync(params string[] arguments) => Call().RunAsync(["rehearse", "--on", "source", .. arguments]);

    /// <summary>Rehearses one migration; its document, and that of the whole.</summary>
    public async Task<(JsonElement Migration, JsonElement Report, CliResult Result)> RehearseAsync(string up, string? down, params string[] arguments)
    {
        Folder.Write("20250101_000001_a.sql", down is null ? up : $"{up}\n-- DOWN\n{down}\n");
        var result = await RehearseAsync(["--output", "json", .. arguments]);
        if (!result.Json.TryGetProperty("migrations", out var migrations))
            throw new InvalidOperationException(result.ToString());
        return (migrations.GetArrayLength() > 0 ? migrations[0] : default, result.Json, result);
    }

    /// <summary>The copies of this database that are still there.</summary>
    public Task<string?> CopiesAsync() => Database.AskAsync($"select string_agg(datname, ' ') from pg_database where shobj_description(oid, 'pg_database') like 'Copy of {Database.Address.Database} %'");

    public async ValueTask DisposeAsync()
    {
        Folder.Dispose();
        await Database.DisposeAsync();
    }
}
