using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Rehearsals;

/// <summary>A rehearsal tries the way there, back and there again on a copy, and leaves nothing behind, however it ends.</summary>
public sealed class RehearsalTests(PostgresServer server)
{
    [Fact]
    public async Task Migration_with_a_good_down_is_fine_and_the_source_is_only_read()
    {
        await using var run = await RehearsalRun.CreateAsync(server);
        await run.Database.ExecuteAsync("GRANT SELECT ON words TO postgres; CREATE SCHEMA app; ALTER DATABASE " + run.Database.Address.Database + " SET search_path = app, public");
        var before = await run.Database.DumpSchemaAsync();

        var (migration, report, result) = await run.RehearseAsync(
            "CREATE TABLE notes (note text);\nGRANT SELECT ON words TO pg_monitor;", "DROP TABLE app.notes;\nREVOKE SELECT ON words FROM pg_monitor;");

        Assert.True(result.Code == 0, result.ToString());
        Assert.True(migration.GetProperty("broughtBack").GetBoolean());
        Assert.True(report.GetProperty("reversible").GetBoolean());
        Assert.True(migration.GetProperty("upAgainMs").GetDouble() >= 0);
        Assert.Equal(before, await run.Database.DumpSchemaAsync());
        Assert.Null(await run.CopiesAsync());
    }

    [Fact]
    public async Task Down_that_forgets_something_is_told_with_what_it_leaves()
    {
        await using var run = await RehearsalRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "ALTER TABLE words ADD COLUMN note text;\n-- DOWN\nALTER TABLE words DROP COLUMN note;\n");
        run.Folder.Write("20250101_000002_b.sql", "CREATE INDEX IF NOT EXISTS i ON words (word);\nALTER TABLE words ALTER COLUMN difficulty SET DEFAULT 1;\n-- DOWN\nALTER TABLE words ALTER COLUMN difficulty DROP DEFAULT;\n");

        var result = await run.RehearseAsync();

        Assert.True(result.Code == 8, result.ToString());
        Assert.Contains("the DOWN of 20250101_000002 does not bring the schema back:\n  + CREATE INDEX i ON public.words USING btree (word)", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("the DOWN of 20250101_000001", result.Out, StringComparison.Ordinal);
        Assert.Null(await run.CopiesAsync());
    }

    [Fact]
    public async Task Up_that_can_t_be_run_again_is_told_with_the_place()
    {
        await using var run = await RehearsalRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE INDEX i ON words (word);\n-- DOWN\nSELECT 1;\n");

        var result = await run.RehearseAsync();

        Assert.True(result.Code == 8, result.ToString());
        Assert.Contains("relation \"i\" already exists", result.Error, StringComparison.Ordinal);
        Assert.Contains("20250101_000001_a.sql:1", result.Error, StringComparison.Ordinal);
        Assert.Null(await run.CopiesAsync());
    }

    [Fact]
    public async Task Migration_without_a_down_is_a_finding()
    {
        await using var run = await RehearsalRun.CreateAsync(server);

        var (migration, _, result) = await run.RehearseAsync("ALTER TABLE words DROP COLUMN difficulty;", null);

        Assert.True(result.Code == 8, result.ToString());
        Assert.NotEmpty(migration.GetProperty("downProblems").EnumerateArray());
        Assert.Null(await run.CopiesAsync());
    }

    [Fact]
    public async Task Migration_that_fails_is_told_as_up_tells_it()
    {
        await using var run = await RehearsalRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n-- DOWN\nDROP TABLE a;\n");
        run.Folder.Write("20250101_000002_b.sql", "UPDATE words SET difficulty = 1;\nALTER TABLE words\n  ADD COLUMN id int;\n");

        var result = await run.RehearseAsync();

        Assert.True(result.Code == 1, result.ToString());
        Assert.Contains("20250101_000002_b.sql:2", result.Error, StringComparison.Ordinal);
        Assert.Contains("It failed on the copy, which is dropped.", result.Error, StringComparison.Ordinal);
        Assert.Contains("20250101_000001_a.sql", result.Out, StringComparison.Ordinal);
        Assert.Null(await run.CopiesAsync());
        Assert.Null(await run.Database.AskAsync("select to_regclass('schema_migrations')"));
    }

    [Fact]
    public async Task Nothing_pending_makes_no_copy()
    {
        await using var run = await RehearsalRun.CreateAsync(server);

        var result = await run.RehearseAsync();

        Assert.True(result.Code == 0, result.ToString());
        Assert.StartsWith("Nothing to rehearse: no migration is pending", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_what_is_pending_is_run_and_taken_back()
    {
        await using var run = await RehearsalRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a (n int);");
        Assert.Equal(0, (await run.Call().RunAsync("up")).Code);
        run.Folder.Write("20250101_000002_b.sql", "ALTER TABLE a ADD m int;\n-- DOWN\nALTER TABLE a DROP m;\n");

        var result = await run.RehearseAsync(arguments: ["--max-lock", "1min"]);

        Assert.Equal("1", await run.Database.AskAsync("select count(*) from schema_migrations_log"));
        Assert.True(result.Code == 0, result.ToString());
        Assert.DoesNotContain("20250101_000001", result.Out, StringComparison.Ordinal);
        Assert.Contains("it brings the schema back, and can be applied again", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("custom")]
    public async Task Backup_is_copied_and_the_database_is_not_asked(string format)
    {
        await using var run = await RehearsalRun.CreateAsync(server);
        var made = await run.Call().RunAsync("backup", "create", "--format", format);
        Assert.True(made.Code == 0, made.ToString());
        await run.Database.ExecuteAsync("DROP TABLE words");
        run.Folder.Write("20250101_000001_a.sql", "ALTER TABLE words ADD note text;\n-- DOWN\nALTER TABLE words DROP note;\n");

        var result = await run.Call().RunAsync("rehearse", "--on", "source", "--from", "latest", "--max-lock", "1min");

        Assert.True(result.Code == 0, result.ToString());
        Assert.StartsWith("Rehearsal of backup_", result.Out, StringComparison.Ordinal);
        Assert.Null(await run.Database.AskAsync("select string_agg(datname, ' ') from pg_database where starts_with(shobj_description(oid, 'pg_database'), 'Copy of backup_')"));
    }

    [Fact]
    public async Task Copy_of_a_killed_rehearsal_is_dropped_by_the_next()
    {
        // The first run on the server drops it: that of another test must not be it
        await using var own = new PostgresServer();
        await own.InitializeAsync();
        await using var run = await RehearsalRun.CreateAsync(own);
        run.Folder.Write("20250101_000001_a.sql", "SELECT pg_sleep(600);");
        var name = "select datname from pg_stat_activity where query like 'SELECT pg_sleep(600)%' and datname in (select datname from pg_database where shobj_description(oid, 'pg_database') like 'Copy of " + run.Database.Address.Database + " %')";

        using var killed = CliProcess.Start(run.Call(), "rehearse", "--on", "source");
        await run.Database.WaitForAsync($"select exists ({name})");
        var copy = await run.Database.AskAsync(name);

        // As long as it is in use another one leaves it alone.
        run.Folder.Write("20250101_000001_a.sql", "SELECT 1;\n-- DOWN\nSELECT 1;\n");
        Assert.DoesNotContain(copy!, (await run.RehearseAsync()).Error, StringComparison.Ordinal);
        Assert.Equal(copy, await run.CopiesAsync());

        killed.Kill();
        await run.Database.WaitForAsync($"select not exists (select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = '{run.Database.Address.Database}'))");
        var result = await run.RehearseAsync();

        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains($"Dropped {copy}, which a killed run had left", result.Error, StringComparison.Ordinal);
        Assert.Null(await run.CopiesAsync());
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Cancelled_rehearsal_drops_its_copy(string signal)
    {
        await using var run = await RehearsalRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "SELECT pg_sleep(600);");

        using var cli = CliProcess.Start(run.Call(), "rehearse", "--on", "source");
        await run.Database.WaitForAsync($"select exists (select from pg_stat_activity a join pg_database d using (datname) where query like 'SELECT pg_sleep(600)%' and shobj_description(d.oid, 'pg_database') like 'Copy of {run.Database.Address.Database} %')");
        await cli.SignalAsync(signal);
        var result = await cli.WaitAsync();

        Assert.True(result.Code == 130, result.ToString());
        Assert.Null(await run.CopiesAsync());
    }

    [Fact]
    public async Task User_who_may_not_make_databases_is_told_so()
    {
        await using var run = await RehearsalRun.CreateAsync(server);
        var role = "r_" + Guid.NewGuid().ToString("N");
        await server.CreateRoleAsync(role, "secret-1");
        run.Folder.Write("20250101_000001_a.sql", "SELECT 1;");
        var call = run.Call();
        call.Variables["REHEARSE_DATABASE_URL"] = $"postgres://{role}:secret-1@{run.Database.Address.Host}:{run.Database.Address.Port}?sslmode=disable";

        var result = await call.RunAsync("rehearse");

        Assert.True(result.Code == 9, result.ToString());
        Assert.Contains("permission denied to create database", result.Error, StringComparison.Ordinal);
        Assert.Contains("CREATEDB", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-1", result.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("production", "which is no server")]
    [InlineData("postgres://u:secret-1@localhost", "--on has a password")]
    public async Task Server_that_is_none_or_shows_a_password_is_refused(string on, string why)
    {
        await using var run = await RehearsalRun.CreateAsync(server);

        var result = await run.Call().RunAsync("rehearse", "--on", on);

        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains(why, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-1", result.ToString(), StringComparison.Ordinal);
    }
}
