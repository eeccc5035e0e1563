using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>The history: adopted, self-recorded, dropped by a DOWN, kept in another schema.</summary>
public sealed class HistoryTests(PostgresServer server)
{
    private const string GuideTable = "CREATE TABLE schema_migrations (version VARCHAR(50) PRIMARY KEY, applied_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(), checksum VARCHAR(64), execution_time_ms INTEGER, description TEXT)";

    [Fact]
    public async Task The_table_of_an_earlier_runner_is_adopted_in_place()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync(GuideTable + "; INSERT INTO schema_migrations (version, checksum, description) VALUES ('20250101_000001', NULL, 'one'), ('20250101_000002', 'd41d8cd98f00b204e9800998ecf8427e', 'two')");
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();");
        run.Folder.Write("20250101_000003_c.sql", "CREATE TABLE c ();");

        var report = await run.UpAsync(run.Options with { Drift = DriftPolicy.Strict });

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal("20250101_000003", Assert.Single(report.Finished).Version);
        var status = await run.StatusAsync();
        Assert.Equal(3, status.Count(MigrationState.Applied));
        Assert.Null(status.Migrations[0].ExecutionTime);
    }

    [Fact]
    public async Task A_script_that_records_itself_gets_its_row_completed_and_its_down_may_delete_it()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250104_100000_a.sql", """
            -- UP: Apply changes
            BEGIN;
            CREATE TABLE a ();
            INSERT INTO schema_migrations (version, applied_at, description)
            VALUES ('20250104_100000', NOW(), 'Its own words')
            ON CONFLICT (version) DO NOTHING;
            COMMIT;

            -- DOWN: Rollback changes (for reference)
            -- BEGIN;
            -- DROP TABLE IF EXISTS a CASCADE;
            -- DELETE FROM schema_migrations WHERE version = '20250104_100000';
            -- COMMIT;
            """);

        Assert.True((await run.UpAsync()).Succeeded);
        Assert.Equal(
            "Its own words, completed",
            await run.Database.AskAsync("select description || ', completed' from schema_migrations where checksum ~ '^[0-9a-f]{64}$' and execution_time_ms is not null"));
        Assert.True((await run.DownAsync()).Succeeded);
        Assert.Null(await run.HistoryAsync());
    }

    [Fact]
    public async Task A_down_that_drops_the_history_itself_works_also_in_the_middle_of_a_run()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n-- DOWN:\nDROP TABLE a;\n");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();\n-- DOWN:\nDROP TABLE b;\nDROP TABLE schema_migrations;\n");
        run.Folder.Write("20250101_000003_c.sql", "CREATE TABLE c ();\n-- DOWN:\nDROP TABLE c;\n");
        await run.UpAsync();

        var report = await run.DownAsync(DownTarget.All);

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal(3, report.Finished.Length);
        Assert.Null(await run.Database.AskAsync("select coalesce(to_regclass('a'), to_regclass('b'), to_regclass('c'), to_regclass('schema_migrations'))"));
        Assert.True((await run.UpAsync()).Succeeded);
    }

    [Fact]
    public async Task A_migration_whose_file_is_gone_is_taken_back_by_its_stored_text()
    {
        await using var run = await TestRun.CreateAsync(server);
        var file = run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n-- DOWN:\n-- DROP TABLE a;\n");
        await run.UpAsync();
        File.Delete(file);
        Assert.Equal(MigrationState.Missing, Assert.Single((await run.StatusAsync()).Migrations).State);

        var report = await run.DownAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.True(Assert.Single(report.Plan.Migrations).FromStoredText);
        Assert.Null(await run.Database.AskAsync("select to_regclass('a')"));
    }

    [Fact]
    public async Task Passwords_are_not_stored()
    {
        await using var run = await TestRun.CreateAsync(server);
        var role = "r_" + Guid.NewGuid().ToString("N");
        run.Folder.Write("20250101_000001_a.sql", $"CREATE ROLE {role} PASSWORD 'hunter2';\n-- DOWN:\n-- ALTER ROLE {role} PASSWORD 'hunter3';\n-- DROP ROLE {role};\n");

        Assert.True((await run.UpAsync()).Succeeded);

        Assert.Equal("f", await run.Database.AskAsync("select bool_or(d::text like '%hunter%') from schema_migrations_detail d"));
        Assert.Contains("'***'", await run.Database.AskAsync("select up_sql from schema_migrations_detail"), StringComparison.Ordinal);
        Assert.True((await run.DownAsync()).Succeeded);
    }

    [Fact]
    public async Task The_history_can_lie_in_a_schema_of_its_own()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        var options = run.Options with { HistorySchema = "Of its own" };

        Assert.True((await run.UpAsync(options)).Succeeded);
        Assert.Empty((await run.UpAsync(options)).Finished);

        Assert.Equal("20250101_000001", await run.Database.AskAsync("select version from \"Of its own\".schema_migrations"));
        Assert.Null(await run.Database.AskAsync("select to_regclass('public.schema_migrations')"));
    }

    [Fact]
    public async Task A_user_who_may_not_create_tables_needs_no_right_to_once_they_are_there()
    {
        await using var run = await TestRun.CreateAsync(server);
        var role = "r_" + Guid.NewGuid().ToString("N");
        // PostgreSQL 14 still lets everybody create in public.
        await run.Database.ExecuteAsync($"REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role} LOGIN; CREATE SCHEMA app AUTHORIZATION {role}");
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE app.a ();");
        var options = run.Options with { ConnectionString = run.Database.ConnectionString + $";Username={role}" };

        var refusal = await Assert.ThrowsAsync<HistoryUnusableException>(() => run.UpAsync(options));
        Assert.Contains("GRANT", refusal.Next, StringComparison.Ordinal);
        Assert.Null(await run.Database.AskAsync("select to_regclass('app.a')"));

        run.Folder.Write("20250101_000001_a.sql", "SELECT 1;");
        await run.UpAsync();
        await run.Database.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE app.b ();");
        Assert.True((await run.UpAsync(options)).Succeeded);
        await run.Database.ExecuteAsync($"DROP OWNED BY {role} CASCADE; DROP ROLE {role}");
    }

    [Fact]
    public async Task Edited_comments_are_no_change_and_edited_SQL_is()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "-- one\nCREATE TABLE a ();\n");
        await run.UpAsync();

        run.Folder.Write("20250101_000001_a.sql", "-- other words\r\nCREATE   TABLE a ( ) ;\r\n");
        Assert.Equal(MigrationState.Applied, Assert.Single((await run.StatusAsync()).Migrations).State);

        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a (id int);\n");
        Assert.Equal(MigrationState.Changed, Assert.Single((await run.StatusAsync()).Migrations).State);
        var refused = await run.UpAsync(run.Options with { Drift = DriftPolicy.Strict });
        Assert.Single(refused.Plan.Problems);
        var warned = await run.UpAsync();
        Assert.Single(warned.Plan.Findings);
    }

    [Theory]
    [InlineData("'infinity'", "1")]
    [InlineData("'-infinity'", "1")]
    [InlineData("'20000-01-01'", "1")]
    [InlineData("'0100-01-01 BC'", "1")]
    [InlineData("now()", "99999999999")]
    public async Task Times_that_no_clock_shows_are_read_all_the_same(string appliedAt, string milliseconds)
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync($"""
            {GuideTable.Replace("INTEGER", "BIGINT", StringComparison.Ordinal)};
            INSERT INTO schema_migrations VALUES ('20250101_000001', {appliedAt}, NULL, {milliseconds}, 'one');
            """);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");

        Assert.Equal(1, (await run.StatusAsync()).Count(MigrationState.Applied));
    }

    [Theory]
    [InlineData("ALTER TABLE schema_migrations DROP CONSTRAINT schema_migrations_pkey; INSERT INTO schema_migrations (version) VALUES ('20250101_000001'), ('20250101_000001')", "more than one row of version 20250101_000001")]
    [InlineData("ALTER TABLE schema_migrations DROP CONSTRAINT schema_migrations_pkey, ALTER version DROP NOT NULL; INSERT INTO schema_migrations DEFAULT VALUES", "a row without a version")]
    [InlineData("ALTER TABLE schema_migrations DROP CONSTRAINT schema_migrations_pkey", "no unique key")]
    [InlineData("ALTER TABLE schema_migrations ALTER version TYPE bigint USING 1", "belongs to another tool")]
    public async Task A_table_that_is_no_history_is_refused_before_anything_runs(string change, string reason)
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync($"{GuideTable}; {change}");
        run.Folder.Write("20250101_000001_a.sql", "SELECT 1/0;");

        var refused = await Assert.ThrowsAsync<HistoryUnusableException>(() => run.UpAsync());

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_that_row_level_security_hides_are_not_taken_for_pending_migrations()
    {
        await using var role = await TestRole.CreateAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync($"{GuideTable}; ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY; GRANT ALL ON schema_migrations TO {role.Name}");
        var reader = new Npgsql.NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { Username = role.Name };

        var refused = await Assert.ThrowsAsync<HistoryUnusableException>(
            () => new Migrator(run.Options with { ConnectionString = reader.ConnectionString }).GetStatusAsync());

        Assert.Contains("row-level security", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_that_the_user_may_not_use_is_named_with_the_grant_to_run()
    {
        await using var role = await TestRole.CreateAsync(server);
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE SCHEMA closed");
        var reader = new Npgsql.NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { Username = role.Name };

        var refused = await Assert.ThrowsAsync<HistoryUnusableException>(
            () => new Migrator(run.Options with { ConnectionString = reader.ConnectionString, HistorySchema = "closed" }).GetStatusAsync());

        Assert.StartsWith($"Let its owner run: GRANT USAGE ON SCHEMA \"closed\" TO \"{role.Name}\"", refused.Next, StringComparison.Ordinal);
    }
}
