using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Backups;

/// <summary>A project with a migrated database full of what is hard to back up, and a folder of backups.</summary>
internal sealed class BackupProject : IAsyncDisposable
{
    /// <summary>Names, types and contents that a dump has to quote; a table without columns, partitions, heirs, and a large object.</summary>
    private const string Content = """
        CREATE TABLE words (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, word text NOT NULL, note text);
        INSERT INTO words (word, note) SELECT 'word ' || i, CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN E'tab\there\nand \\. a line' ELSE E'\\.' END FROM generate_series(1, 1000) i;
        CREATE SCHEMA "Odd schema";
        CREATE TABLE "Odd schema"."odd ""table"" FROM stdin;" ("a b" int, "c,d" text);
        INSERT INTO "Odd schema"."odd ""table"" FROM stdin;" VALUES (1, 'COPY x (y) FROM stdin;'), (2, 'COMMIT;'), (3, '');
        CREATE TABLE nothing ();
        INSERT INTO nothing DEFAULT VALUES;
        INSERT INTO nothing DEFAULT VALUES;
        CREATE TABLE parts (day date NOT NULL, n int) PARTITION BY RANGE (day);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
        CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
        INSERT INTO parts SELECT date '2025-01-01' + i, i FROM generate_series(0, 50) i;
        CREATE TABLE parent (n int);
        CREATE TABLE heir () INHERITS (parent);
        INSERT INTO parent VALUES (1), (2);
        INSERT INTO heir VALUES (3);
        CREATE TABLE empty (n int);
        CREATE VIEW short AS SELECT word FROM words WHERE length(word) < 8;
        CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM words;
        CREATE PROCEDURE commits() LANGUAGE plpgsql AS $body$
        BEGIN
        COMMIT;
        END
        $body$;
        """;

    private readonly PostgresServer _server;
    private readonly List<TestDatabase> _others = [];

    private BackupProject(PostgresServer server, TestDatabase database) => (_server, Database) = (server, database);

    public TestDatabase Database { get; }

    public MigrationFolder Folder { get; } = new();

    public string Backups => Path.Combine(Folder.Project, "backups");

    public static async Task<BackupProject> CreateAsync(PostgresServer server, bool isMigrated = true)
    {
        await Shell.RequireDumpAsync(server);
        var project = new BackupProject(server, await server.CreateDatabaseAsync());
        project.Folder.Write("20250101_000000_words.sql", Content + "\n-- DOWN:\n-- DROP TABLE words CASCADE;\n");
        if (isMigrated)
            Assert.Equal(0, (await project.Cli().RunAsync("up")).Code);
        return project;
    }

    public CliRunner Cli(string environment = "dev", string? answers = null) => new(Folder, Database)
    {
        Answers = answers,
        Variables = { ["ENVIRONMENT"] = environment, ["PATH"] = Environment.GetEnvironmentVariable("PATH")! },
    };

    public BackupOptions Options(TimeProvider? clock = null) => new()
    {
        ConnectionString = Database.ConnectionString,
        Store = new FolderBackupStore(Backups),
        ProgramPath = Environment.GetEnvironmentVariable("PATH"),
        TimeProvider = clock ?? TimeProvider.System,
    };

    /// <summary>Makes a backup by the command; its path.</summary>
    public async Task<string> BackUpAsync(params string[] more)
    {
        var result = await Cli().RunAsync(["backup", "create", "-o", "json", .. more]);
        Assert.True(result.Code == 0, result.ToString());
        return Path.Combine(Backups, result.Json.GetProperty("name").GetString()!);
    }

    /// <summary>An empty database on the same server.</summary>
    public async Task<TestDatabase> EmptyDatabaseAsync()
    {
        var database = await _server.CreateDatabaseAsync();
        _others.Add(database);
        return database;
    }

    /// <summary>Every table with the md5 of its rows, and how many large objects there are.</summary>
    public static async Task<string> ContentOfAsync(TestDatabase database)
    {
        var tables = await database.AskAsync("""
            SELECT string_agg(format('SELECT %L || count(*) || '' '' || coalesce(md5(string_agg(t::text, E''\n'' ORDER BY t::text)), '''') AS line FROM ONLY %s t', oid::regclass || ' ', oid::regclass), ' UNION ALL ')
            FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
            """);
        return tables is null ? "" : (await database.AskAsync($"SELECT string_agg(line, E'\n' ORDER BY line) || (SELECT count(*) FROM pg_largeobject_metadata) FROM ({tables}) lines"))!;
    }

    public async ValueTask DisposeAsync()
    {
        Folder.Dispose();
        await Database.DisposeAsync();
        foreach (var other in _others)
            await other.DisposeAsync();
    }
}
