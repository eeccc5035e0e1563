using System.Globalization;
using System.Text;
using PhaserAI.Migrations.Imports;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Imports;

/// <summary>
/// <c>import --from flyway</c>. The table is made as Flyway's documentation describes it, and the checksums as its sources compute
/// them: Flyway itself is not run here.
/// </summary>
public sealed class FlywayImportTests(PostgresServer server) : IAsyncLifetime
{
    private const string Table = """
        CREATE TABLE "flyway_schema_history" (
          "installed_rank" INT NOT NULL, "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL, "type" VARCHAR(20) NOT NULL,
          "script" VARCHAR(1000) NOT NULL, "checksum" INTEGER, "installed_by" VARCHAR(100) NOT NULL, "installed_on" TIMESTAMP NOT NULL DEFAULT now(),
          "execution_time" INTEGER NOT NULL, "success" BOOLEAN NOT NULL, CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank"))
        """;

    private ImportProject? _project;
    private int _rank;

    private ImportProject Project => _project!;

    public async ValueTask InitializeAsync()
    {
        _project = await ImportProject.CreateAsync(server, "db/migration");
        await Project.Database.ExecuteAsync($"{Table}; ALTER DATABASE {Project.Database.Address.Database} SET timezone = 'UTC'");
        Project.Write("V1__create_users.sql", "CREATE TABLE users (id int);\r\n-- DOWN with it: not a marker of Flyway's\r\n");
        Project.Write("V1.1__add name.sql", "ALTER TABLE users ADD COLUMN name text;\n");
        Project.Write("U1.1__add name.sql", "ALTER TABLE users DROP COLUMN name;\n");
        Project.Write("more/V2__add_email.sql", "ALTER TABLE users ADD COLUMN email text;\n");
        Project.Write("more/V10__index.sql", "CREATE INDEX users_email ON users (email);\n");
        Project.Write("R__views.sql", "CREATE OR REPLACE VIEW v AS SELECT 1;\n");
        await Project.Database.ExecuteAsync("CREATE TABLE users (id int, name text, email text)");
    }

    [Fact]
    public async Task Versions_become_the_times_at_which_they_were_applied()
    {
        await RowAsync("1", "V1__create_users.sql", "2024-05-01 10:00:00", 12);
        await RowAsync("1.1", "V1.1__add name.sql", "2024-05-01 10:00:00", 3);
        await RowAsync(null, "R__views.sql", "2024-05-01 10:00:01");
        await RowAsync("2", "more/V2__add_email.sql", "2024-06-01 08:30:15.25", 7);

        var import = await Project.RunAsync("import", "--from", "flyway", "--yes");

        Assert.True(import.Code == 0, import.ToString());
        Assert.Equal(["20240501_100000_create_users.sql", "20240501_100001_add_name.sql", "20240601_083015_add_email.sql", "20240601_083016_index.sql"], Project.Files);
        Assert.Equal("20240501_100000 2024-05-01 10:00:00 12\n20240501_100001 2024-05-01 10:00:00 3\n20240601_083015 2024-06-01 08:30:15 7", await Project.HistoryAsync());
        Assert.Contains("\n  pending                      V10__index.sql       -> 20240601_083016_index.sql\n  skipped  R__views.sql: a repeatable migration", import.Out, StringComparison.Ordinal);
        Assert.Equal("4", await Project.Database.AskAsync("select count(*) from flyway_schema_history"));
        Assert.Equal("-- Imported-From: flyway 1 (V1__create_users.sql)\n\n-- UP:\nCREATE TABLE users (id int);\r\n-- -- DOWN with it: not a marker of Flyway's\r\n", Project.Read("20240501_100000_create_users.sql"));

        Assert.Equal(0, (await Project.Cli("prod").RunAsync("validate", "--deep")).Code);
        var up = await Project.Cli("staging").RunAsync("up");
        Assert.True(up.Code == 0, up.ToString());
        var down = await Project.RunAsync("down", "20240501_100000", "-o", "json");
        Assert.True(down.Code == 3, down.ToString()); // V2 has no undo
        Assert.Contains("Nothing to do", (await Project.RunAsync("import", "--from", "flyway")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_undo_script_is_the_DOWN()
    {
        await RowAsync("1", "V1__create_users.sql", "2024-05-01 10:00:00");
        await RowAsync("1.1", "V1.1__add name.sql", "2024-05-02 10:00:00");
        Directory.Delete(Path.Combine(Project.Old, "more"), recursive: true);
        Assert.Equal(0, (await Project.RunAsync("import", "--from", "flyway", "--yes")).Code);

        var down = await Project.RunAsync("down");

        Assert.True(down.Code == 0, down.ToString());
        Assert.Equal("0", await Project.Database.AskAsync("select count(*) from pg_attribute where attrelid = 'users'::regclass and attname = 'name' and not attisdropped"));
    }

    [Fact]
    public async Task Versions_that_are_dates_stay_these_dates()
    {
        foreach (var file in Directory.GetFiles(Project.Old, "*.sql", SearchOption.AllDirectories))
            File.Delete(file);
        Project.Write("V2024.05.01.09.30.00__a.sql", "SELECT 1;\n");
        Project.Write("V20240502__b.sql", "SELECT 2;\n");
        Project.Write("V202405030800__c.sql", "SELECT 3;\n");
        await RowAsync("2024.05.01.09.30.00", "V2024.05.01.09.30.00__a.sql", "2024-06-06 10:00:00");

        var import = await Project.RunAsync("import", "--from", "flyway", "--yes", "-o", "json");

        Assert.True(import.Code == 0, import.ToString());
        Assert.Equal(["target", "from", "table", "renamedTo", "dryRun", "migrations", "skipped", "removedFiles", "problems", "findings"], import.Json.EnumerateObject().Select(field => field.Name));
        Assert.Equal(["20240501_093000_a.sql", "20240502_000000_b.sql", "20240503_080000_c.sql"], Project.Files);
        Assert.Equal(["applied", "pending", "pending"], import.Json.GetProperty("migrations").EnumerateArray().Select(migration => migration.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task What_is_below_the_baseline_is_applied_and_what_was_undone_is_pending()
    {
        await RowAsync("1.1", "<< Flyway Baseline >>", "2024-05-01 10:00:00", type: "BASELINE");
        await RowAsync("2", "more/V2__add_email.sql", "2024-06-01 10:00:00");
        await RowAsync("10", "more/V10__index.sql", "2024-06-02 10:00:00");
        await RowAsync("10", "U10__index.sql", "2024-06-03 10:00:00", type: "UNDO_SQL");

        var import = await Project.RunAsync("import", "--from", "flyway", "--yes", "-o", "json");

        Assert.True(import.Code == 0, import.ToString());
        Assert.Equal(["1 applied", "1.1 applied", "2 applied", "10 pending"], import.Json.GetProperty("migrations").EnumerateArray().Select(migration => $"{migration.GetProperty("source")} {migration.GetProperty("state")}"));
        Assert.Contains("baseline 1.1", import.Json.GetProperty("skipped").EnumerateArray().Select(skip => skip.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task What_failed_was_edited_or_has_no_SQL_is_refused_with_its_mend()
    {
        await RowAsync("1", "V1__create_users.sql", "2024-05-01 10:00:00", checksum: 4711);
        await RowAsync("1.5", "db.migration.V1_5__Convert", "2024-05-01 11:00:00", type: "JDBC");
        await RowAsync("2", "more/V2__add_email.sql", "2024-06-01 10:00:00", success: false);
        Project.Write("more/V10__index.sql", "CREATE INDEX ${name} ON users (email);\n");

        var refused = await Project.RunAsync("import", "--from", "flyway", "--yes");

        Assert.True(refused.Code == 3, refused.ToString());
        Assert.Contains("more/V2__add_email.sql has failed in Flyway", refused.Error, StringComparison.Ordinal);
        Assert.Contains("the file is no longer what Flyway has applied", refused.Error, StringComparison.Ordinal);
        Assert.Contains("there is no SQL in db/migration for what Flyway has applied: db.migration.V1_5__Convert (JDBC)", refused.Error, StringComparison.Ordinal);
        Assert.Contains("the file has a placeholder", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Project.Files);
    }

    [Fact]
    public async Task In_the_next_environment_what_was_edited_is_refused_too()
    {
        await RowAsync("1", "V1__create_users.sql", "2024-05-01 10:00:00");
        Assert.Equal(0, (await Project.RunAsync("import", "--from", "flyway", "--yes")).Code);
        await Project.Database.ExecuteAsync("DROP TABLE schema_migrations, schema_migrations_detail, schema_migrations_checkpoint; UPDATE flyway_schema_history SET checksum = 4711");

        var refused = await Project.RunAsync("import", "--from", "flyway", "--yes");

        Assert.True(refused.Code == 3, refused.ToString());
        Assert.Contains("the file is no longer what Flyway has applied", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stub_stands_for_a_Java_migration_and_stops_a_new_database()
    {
        await RowAsync("1", "V1__create_users.sql", "2024-05-01 10:00:00");
        await RowAsync("1.1", "db.migration.V1_1__Convert", "2024-05-01 11:00:00", type: "JDBC");
        File.Delete(Path.Combine(Project.Old, "V1.1__add name.sql"));

        var import = await Project.RunAsync("import", "--from", "flyway", "--yes", "--stubs");

        Assert.True(import.Code == 0, import.ToString());
        Assert.Contains("(no SQL)", import.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await Project.Cli("prod").RunAsync("validate")).Code);
        await using var fresh = await server.CreateDatabaseAsync();
        var cli = Project.Cli();
        cli.Variables["DB_NAME"] = fresh.Address.Database!;
        var up = await cli.RunAsync("up");
        Assert.True(up.Code == 1, up.ToString());
        Assert.Contains("the SQL of 1.1, which Flyway has applied elsewhere, is not in this file", up.Error, StringComparison.Ordinal);
    }

    /// <summary>The check value of CRC-32, and a text as Flyway cuts it into lines.</summary>
    [Fact]
    public void The_checksum_is_that_of_the_lines()
    {
        Assert.Equal(unchecked((int)0xCBF43926), FlywayChecksum.Of("123456789"u8));
        Assert.Equal(FlywayChecksum.Of("ab"u8), FlywayChecksum.Of([.. Encoding.UTF8.Preamble, .. "a\r\nb\n"u8]));
    }

    public ValueTask DisposeAsync() => Project.DisposeAsync();

    private Task RowAsync(string? version, string script, string at, int ms = 1, string type = "SQL", bool success = true, int? checksum = null)
    {
        var file = Path.Combine(Project.Old, script);
        checksum ??= File.Exists(file) ? FlywayChecksum.Of(File.ReadAllBytes(file)) : null;
        return Project.Database.ExecuteAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"INSERT INTO flyway_schema_history VALUES ({++_rank}, {(version is null ? "NULL" : $"'{version}'")}, 'd', '{type}', '{script}', {(checksum is null ? "NULL" : checksum)}, 'app', '{at}', {ms}, {success})"));
    }
}
