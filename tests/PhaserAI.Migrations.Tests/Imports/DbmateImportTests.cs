using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Imports;

/// <summary><c>import --from dbmate</c>, with tables that dbmate itself has made.</summary>
public sealed class DbmateImportTests(PostgresServer server) : IAsyncLifetime
{
    private ImportProject? _project;

    private ImportProject Project => _project!;

    public async ValueTask InitializeAsync()
    {
        _project = await ImportProject.CreateAsync(server, "db/migrations");
        Project.Write("20250101120000_create_users.sql", "-- migrate:up\nCREATE TABLE users (id int PRIMARY KEY, name text);\n\n-- migrate:down\nDROP TABLE users\n");
        Project.Write("20250102090000_users_name.sql", "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY users_name ON users (name);\n\n-- migrate:down transaction:false\nDROP INDEX CONCURRENTLY users_name;\n");
        var dbmate = await Dbmate.RunAsync(Project.Database, Project.Old, "migrate");
        Assert.True(dbmate.Code == 0, dbmate.ToString());
        Project.Write("20250103101500_add_email.sql", "-- migrate:up\nALTER TABLE users ADD COLUMN email text\n\n-- migrate:down\nALTER TABLE users DROP COLUMN email;\n");
    }

    [Fact]
    public async Task What_dbmate_has_applied_is_recorded_and_up_and_down_go_on_from_there()
    {
        var dry = await Project.RunAsync("import", "--from", "dbmate", "--dry-run");
        Assert.True(dry.Code == 0, dry.ToString());
        Assert.Contains("Would import 3 migrations of dbmate, table public.schema_migrations, into the history of", dry.Out, StringComparison.Ordinal);
        Assert.Contains("\n  applied  20250101120000_create_users.sql -> 20250101_120000_create_users.sql\n", dry.Out, StringComparison.Ordinal);
        Assert.Contains("\n  pending  20250103101500_add_email.sql    -> 20250103_101500_add_email.sql\n", dry.Out, StringComparison.Ordinal);
        Assert.Contains("public.schema_migrations is renamed to public.schema_migrations_dbmate", dry.Out, StringComparison.Ordinal);
        Assert.Empty(Project.Files);
        Assert.Null(await Project.Database.AskAsync("select to_regclass('schema_migrations_log')"));

        var import = await Project.RunAsync("import", "--from", "dbmate", "--yes", "--reason", "away from dbmate");
        Assert.True(import.Code == 0, import.ToString());
        Assert.Equal(["20250101_120000_create_users.sql", "20250102_090000_users_name.sql", "20250103_101500_add_email.sql"], Project.Files);
        Assert.Equal("-- Imported-From: dbmate 20250101120000 (20250101120000_create_users.sql)\n\n-- UP:\nCREATE TABLE users (id int PRIMARY KEY, name text);\n\n\n-- DOWN:\nDROP TABLE users\n", Project.Read("20250101_120000_create_users.sql"));
        Assert.Equal(3, Directory.GetFiles(Project.Old).Length);
        Assert.Equal("20250101_120000 - -\n20250102_090000 - -", await Project.HistoryAsync());
        Assert.Equal("20250101120000,20250102090000", await Project.Database.AskAsync("select string_agg(version, ',' order by version) from schema_migrations_dbmate"));
        Assert.Equal("import done dbmate 20250101120000: away from dbmate (confirmed by --yes)", await Project.Database.AskAsync("select action || ' ' || outcome || ' ' || reason from schema_migrations_log order by id"));

        var validate = await Project.Cli("prod").RunAsync("validate", "--deep");
        Assert.True(validate.Code == 0, validate.ToString());
        var status = await Project.RunAsync("status", "-o", "json");
        Assert.Equal(["applied", "applied", "pending"], status.Json.GetProperty("migrations").EnumerateArray().Select(migration => migration.GetProperty("state").GetString()));
        var up = await Project.Cli("staging").RunAsync("up");
        Assert.True(up.Code == 0, up.ToString());
        Assert.Equal("t", await Project.Database.AskAsync("select exists (select from pg_attribute where attrelid = 'users'::regclass and attname = 'email')"));
        var down = await Project.RunAsync("down", "--all");
        Assert.True(down.Code == 0, down.ToString());
        Assert.Null(await Project.Database.AskAsync("select to_regclass('users')"));
        Assert.True((await Project.RunAsync("up")).Code == 0);
        Assert.Equal("t", await Project.Database.AskAsync("select indisvalid from pg_index where indexrelid = 'users_name'::regclass"));
    }

    [Fact]
    public async Task A_second_import_has_nothing_to_do_and_dbmate_can_no_longer_go_on_silently()
    {
        Assert.Equal(0, (await Project.RunAsync("import", "--from", "dbmate", "--yes")).Code);
        var before = await Project.HistoryAsync();

        var again = await Project.RunAsync("import", "--from", "dbmate");
        Assert.True(again.Code == 0, again.ToString());
        Assert.Contains("Nothing to do: what dbmate has applied", again.Out, StringComparison.Ordinal);

        await Project.Database.ExecuteAsync("DROP TABLE users");
        var dbmate = await Dbmate.RunAsync(Project.Database, Project.Old, "migrate");
        Assert.NotEqual(0, dbmate.Code);
        Assert.Contains("schema_migrations_not_of_dbmate", dbmate.Error, StringComparison.Ordinal);
        Assert.Null(await Project.Database.AskAsync("select to_regclass('users')"));
        Assert.Equal(before, await Project.HistoryAsync());
    }

    [Fact]
    public async Task Killed_after_the_history_is_written_the_next_import_goes_on_with_the_files()
    {
        Assert.Equal(0, (await Project.RunAsync("import", "--from", "dbmate", "--yes")).Code);
        var (file, text) = (Project.Files[0], Project.Read(Project.Files[0]));
        File.Delete(Path.Combine(Project.New, file));
        await File.WriteAllTextAsync(Path.Combine(Project.New, $".{file}.import"), "half", TestContext.Current.CancellationToken);
        Assert.Equal(3, (await Project.Cli("staging").RunAsync("validate")).Code);

        var again = await Project.RunAsync("import", "--from", "dbmate", "--yes");

        Assert.True(again.Code == 0, again.ToString());
        Assert.Contains("(recorded already)", again.Out, StringComparison.Ordinal);
        Assert.Equal(text, Project.Read(file));
        Assert.Equal(3, Project.Files.Length);
        Assert.Equal(0, (await Project.Cli("staging").RunAsync("validate")).Code);
    }

    [Fact]
    public async Task What_cannot_be_written_leaves_the_history_alone()
    {
        // A folder of that name: where the tests run as root, no right is missing.
        Directory.CreateDirectory(Path.Combine(Project.New, ".20250102_090000_users_name.sql.import"));

        var failed = await Project.RunAsync("import", "--from", "dbmate", "--yes");

        Assert.True(failed.Code == 2, failed.ToString());
        Assert.Contains("nothing was changed", failed.Error, StringComparison.Ordinal);
        Assert.Empty(Project.Files);
        Assert.Equal("2", await Project.Database.AskAsync("select count(*) from schema_migrations where version ~ '^[0-9]{14}$'"));
    }

    [Fact]
    public async Task With_a_schema_of_its_own_the_table_stays()
    {
        var cli = Project.Cli();
        cli.Variables["DB_HISTORY_SCHEMA"] = "ops";

        var import = await cli.RunAsync("import", "--from", "dbmate", "--yes");

        Assert.True(import.Code == 0, import.ToString());
        Assert.DoesNotContain("renamed", import.Out, StringComparison.Ordinal);
        Assert.Equal("2 2", await Project.Database.AskAsync("select (select count(*) from public.schema_migrations) || ' ' || (select count(*) from ops.schema_migrations)"));
        var dbmate = await Dbmate.RunAsync(Project.Database, Project.Old, "status");
        Assert.Contains("Applied: 2", dbmate.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await cli.RunAsync("validate")).Code);
        Assert.Contains("Nothing to do", (await cli.RunAsync("import", "--from", "dbmate")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_in_the_folder_of_migrations_itself_are_replaced_when_asked_for()
    {
        foreach (var file in Directory.GetFiles(Project.Old))
            File.Move(file, Path.Combine(Project.New, Path.GetFileName(file)));
        Directory.Delete(Project.Old);

        var refused = await Project.RunAsync("import", "--from", "dbmate", "--yes");
        Assert.True(refused.Code == 3, refused.ToString());
        Assert.Contains("lie in the folder of migrations itself", refused.Error, StringComparison.Ordinal);
        Assert.Equal(3, Project.Files.Length);

        var moved = await Project.RunAsync("import", "--from", "dbmate", "--yes", "--move");
        Assert.True(moved.Code == 0, moved.ToString());
        Assert.All(Project.Files, file => Assert.Matches("^[0-9]{8}_[0-9]{6}_", file));
        Assert.Equal(0, (await Project.RunAsync("up")).Code);
    }

    [Fact]
    public async Task Another_database_is_recorded_with_the_files_that_are_there()
    {
        Assert.Equal(0, (await Project.RunAsync("import", "--from", "dbmate", "--yes", "--move")).Code);
        await using var other = await server.CreateDatabaseAsync();
        await other.ExecuteAsync("CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY); INSERT INTO schema_migrations VALUES ('20250101120000'); CREATE TABLE users (id int PRIMARY KEY, name text)");
        var cli = Project.Cli("prod", other.Address.Database + "\n");
        cli.Variables["DB_NAME"] = other.Address.Database!;

        var import = await cli.RunAsync("import", "--from", "dbmate");

        Assert.True(import.Code == 0, import.ToString());
        Assert.Contains("20250101120000 -> 20250101_120000_create_users.sql  (the file is there)", import.Out, StringComparison.Ordinal);
        Assert.Equal("20250101_120000", await other.AskAsync("select string_agg(version, ',') from schema_migrations"));
    }

    [Fact]
    public async Task Every_other_command_says_what_to_do_about_its_table()
    {
        foreach (var command in (string[])["status", "up", "validate"])
        {
            var refused = await Project.RunAsync(command);
            Assert.True(refused.Code == 5, refused.ToString());
            Assert.Contains("import --from dbmate", refused.Error, StringComparison.Ordinal);
        }
    }

    public ValueTask DisposeAsync() => Project.DisposeAsync();
}
