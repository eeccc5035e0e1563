using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>Every migration starts as if it had its own psql, and the server gets its text untouched.</summary>
public sealed class SessionTests(PostgresServer server)
{
    [Fact]
    public async Task What_a_script_sets_does_not_reach_the_next_one()
    {
        await using var run = await TestRun.CreateAsync(server);
        var role = "r_" + Guid.NewGuid().ToString("N");
        run.Folder.Write("20250101_000001_a.sql", $"""
            CREATE ROLE {role};
            GRANT ALL ON SCHEMA public TO {role};
            SET search_path = '';
            SET statement_timeout = '1h';
            CREATE TEMPORARY TABLE left_over (id int);
            PREPARE p AS SELECT 1;
            SET ROLE {role};
            """);
        run.Folder.Write("20250101_000002_b.sql", """
            CREATE TABLE seen AS SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS timeout,
              current_user = session_user AS same_user, to_regclass('left_over') IS NULL AS no_temp;
            PREPARE p AS SELECT 2;
            """);

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal("\"$user\", public|0|true|true", await run.Database.AskAsync("select concat_ws('|', path, timeout, same_user::text, no_temp::text) from seen"));
        await run.Database.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
    }

    [Fact]
    public async Task Numbers_that_a_script_has_drawn_are_not_known_to_the_next_one()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE SEQUENCE s;\nCREATE TABLE drawn AS SELECT nextval('s');\n");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE last AS SELECT currval('s');\n");

        Assert.Equal("55000", (await run.UpAsync()).Failure?.SqlState);
    }

    [Fact]
    public async Task Bodies_with_semicolons_reach_the_server_whole()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", """
            CREATE TABLE log (n int);
            CREATE FUNCTION standard(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a + 1; SELECT a + 2; END;
            CREATE FUNCTION quoted() RETURNS text LANGUAGE sql AS 'select '';''::text; select $q$;$q$::text';
            CREATE TABLE source (n int);
            CREATE RULE twice AS ON INSERT TO source DO ALSO (INSERT INTO log VALUES (2); INSERT INTO log VALUES (3));
            INSERT INTO source VALUES (1);
            """);

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal("7 ; 2 3", await run.Database.AskAsync("select standard(5) || ' ' || quoted() || ' ' || string_agg(n::text, ' ' order by n) from log"));
    }

    [Fact]
    public async Task Notices_and_rows_are_reported_as_they_come()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", """
            CREATE TYPE mood AS ENUM ('good');
            DO $$ BEGIN RAISE NOTICE 'one'; END $$;
            SELECT 'good'::mood AS m, interval '1 day' AS i, (10::numeric ^ 40)::numeric(60, 16) AS n, NULL AS nothing;
            DO $$ BEGIN RAISE WARNING 'two'; END $$;
            SELECT pg_notify('c', 'x');
            """);

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        var told = run.Events.Where(happened => happened is NoticeReceived or RowsReturned).ToArray();
        Assert.Equal("one", Assert.IsType<NoticeReceived>(told[0]).Message);
        var rows = Assert.IsType<RowsReturned>(told[1]);
        Assert.Equal(["m", "i", "n", "nothing"], rows.Columns);
        Assert.Equal(["good", "1 day", "10000000000000000000000000000000000000000.0000000000000000", null], Assert.Single(rows.Rows));
        Assert.Equal(("WARNING", "two"), (((NoticeReceived)told[2]).Severity, ((NoticeReceived)told[2]).Message));
    }

    [Fact]
    public async Task Up_leaves_the_same_schema_as_psql()
    {
        await using var run = await TestRun.CreateAsync(server);
        await using var byPsql = await server.CreateDatabaseAsync();
        await byPsql.ExecuteAsync("CREATE TABLE schema_migrations (version varchar(50) PRIMARY KEY, applied_at timestamptz DEFAULT now(), checksum varchar(64), execution_time_ms integer, description text)");
        foreach (var file in Directory.GetFiles(MigrationFolder.OfRepository, "*.sql").Order(StringComparer.Ordinal))
        {
            File.Copy(file, Path.Combine(run.Folder.Path, Path.GetFileName(file)));
            await byPsql.PsqlAsync("-q", "-f", file);
        }

        Assert.True((await run.UpAsync()).Succeeded);
        await run.Database.ExecuteAsync("DROP TABLE schema_migrations_detail, schema_migrations_checkpoint, schema_migrations_log; DROP FUNCTION schema_migrations_log_refuse");

        Assert.Equal(await byPsql.DumpSchemaAsync(), await run.Database.DumpSchemaAsync());
    }

    [Theory]
    [InlineData("SET ROLE {0};")]
    [InlineData("SET SESSION AUTHORIZATION {0};")]
    public async Task A_step_may_take_another_role_and_the_next_step_keeps_it(string take)
    {
        await using var role = await TestRole.CreateAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", $"""
            CREATE TABLE seen (who name);
            GRANT ALL ON seen TO PUBLIC;
            {take.Replace("{0}", role.Name, StringComparison.Ordinal)}
            DO 'BEGIN COMMIT; END';
            INSERT INTO seen VALUES (current_user);
            """);

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal(role.Name, await run.Database.AskAsync("select who from seen"));
    }

    [Theory]
    [InlineData("CREATE SCHEMA other; SET search_path = other;")]
    [InlineData("SET ROLE {0};")]
    [InlineData("CREATE TEMPORARY TABLE schema_migrations (version text);")]
    public async Task What_a_failed_migration_has_set_does_not_hide_where_the_database_stands(string set)
    {
        await using var role = await TestRole.CreateAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", $"{set.Replace("{0}", role.Name, StringComparison.Ordinal)}\nVACUUM nowhere;\n");

        var report = await run.UpAsync();

        Assert.Equal("42P01", report.Failure?.SqlState);
        Assert.Equal(1, report.Failure?.FinishedSteps);
        Assert.Equal(MigrationState.Partial, Assert.Single(report.Status?.Migrations ?? []).State);
    }
}
