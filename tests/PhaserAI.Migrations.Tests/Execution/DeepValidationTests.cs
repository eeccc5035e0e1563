using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>"Marked as applied but changes missing" is found, and never where nothing is missing.</summary>
public sealed class DeepValidationTests(PostgresServer server)
{
    private static readonly string[] Scripts =
    [
        """
        CREATE SCHEMA app;
        CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
        CREATE TYPE mood AS ENUM ('ok', 'bad');
        CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
        CREATE TABLE people (id int PRIMARY KEY, m mood, n app.positive, note text);
        CREATE TABLE app.things ("Name" text);
        CREATE SEQUENCE counter;
        """,
        """
        CREATE UNIQUE INDEX people_note ON people (note);
        ALTER TABLE people ADD COLUMN IF NOT EXISTS age int DEFAULT greatest(1, 2), ADD CONSTRAINT grown CHECK (age > 0);
        CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE PROCEDURE app.rest() LANGUAGE sql AS 'SELECT 1';
        CREATE TRIGGER touched BEFORE INSERT OR UPDATE OF note ON people FOR EACH ROW EXECUTE FUNCTION touch();
        ALTER TABLE app.things ENABLE ROW LEVEL SECURITY;
        CREATE POLICY "All of them" ON app.things USING (true);
        CREATE VIEW grown_ups AS SELECT * FROM people WHERE age > 17;
        CREATE MATERIALIZED VIEW app.ages AS SELECT age FROM people;
        """,
        """
        CREATE TABLE old (id int);
        CREATE TEMP TABLE scratch (id int);
        CREATE INDEX scratch_id ON scratch (id);
        CREATE INDEX old_id ON old (id);
        CREATE TABLE a_name_that_is_longer_than_the_sixty_three_bytes_that_postgresql_keeps_of_it (id int);
        DO $$ BEGIN CREATE TABLE by_a_block (id int); END $$;
        SET search_path = app;
        CREATE TABLE elsewhere (id int);
        CREATE TABLE parts (id int) PARTITION BY LIST (id);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
        CREATE INDEX parts_1_id ON parts_1 (id);
        """,
        "ALTER TABLE old RENAME TO older; CREATE INDEX CONCURRENTLY things_name ON app.things (\"Name\"); VACUUM people; DROP TABLE app.parts;",
    ];

    // What is dropped by hand, and what is then found: what belongs to it or depends on it is not, or in its turn.
    public static TheoryData<string, string[]> Objects => new()
    {
        { "SCHEMA app", ["schema app", "table elsewhere", "view grown_ups"] },
        { "EXTENSION \"uuid-ossp\"", ["extension uuid-ossp"] },
        { "TYPE mood", ["type mood", "view grown_ups"] },
        { "DOMAIN app.positive", ["domain app.positive", "view grown_ups"] },
        { "TABLE people", ["table people", "view grown_ups", "materialized view app.ages"] },
        { "TABLE app.things", ["table app.things"] },
        { "SEQUENCE counter", ["sequence counter"] },
        { "INDEX people_note", ["index people_note"] },
        { "COLUMN people.age", ["column people.age", "constraint grown of people", "view grown_ups", "materialized view app.ages"] },
        { "CONSTRAINT people.grown", ["constraint grown of people"] },
        { "FUNCTION touch", ["function touch", "trigger touched of people"] },
        { "PROCEDURE app.rest", ["procedure app.rest"] },
        { "TRIGGER touched ON people", ["trigger touched of people"] },
        { "POLICY \"All of them\" ON app.things", ["policy All of them of things"] },
        { "VIEW grown_ups", ["view grown_ups"] },
        { "MATERIALIZED VIEW app.ages", ["materialized view app.ages"] },
        { "TABLE a_name_that_is_longer_than_the_sixty_three_bytes_that_postgresql_keeps_of_it", ["table a_name_that_is_longer_than_the_sixty_three_bytes_that_postgresql_keeps_of_it"] },
        { "TABLE app.elsewhere", ["table elsewhere"] },
        { "INDEX app.things_name", ["index app.things_name"] },
        { "TABLE older", [] },
        { "TABLE by_a_block", [] },
    };

    [Theory]
    [MemberData(nameof(Objects))]
    public async Task Exactly_what_was_dropped_by_hand_is_named(string dropped, string[] found)
    {
        await using var run = await UpAsync();
        var intact = await ValidateAsync(run);
        Assert.Empty(intact.Findings);
        Assert.Equal(19, intact.CheckedObjects);

        await run.Database.ExecuteAsync(dropped.Split(' ')[0] is "COLUMN" or "CONSTRAINT"
            ? $"ALTER TABLE people DROP {dropped.Replace("people.", "", StringComparison.Ordinal)} CASCADE"
            : $"DROP {dropped} CASCADE");

        var report = await ValidateAsync(run);
        Assert.Empty(report.Problems);
        Assert.Equal(found.Select(name => name + " is not in the database").Order(StringComparer.Ordinal), report.Findings.Select(finding => finding.Message.Split(", although")[0]).Order(StringComparer.Ordinal));
        Assert.All(report.Findings, finding => Assert.True(finding.Line > 0));
    }

    [Fact]
    public async Task The_place_and_the_next_step_are_told()
    {
        await using var run = await UpAsync();
        await run.Database.ExecuteAsync("DROP SEQUENCE counter");

        var finding = Assert.Single((await ValidateAsync(run)).Findings);

        Assert.EndsWith("20250101_000000_m.sql", finding.File, StringComparison.Ordinal);
        Assert.Equal((7, 1, "CREATE SEQUENCE counter;"), (finding.Line, finding.Column, finding.Excerpt));
        Assert.Contains("repair --not-applied 20250101_000000", finding.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stored_texts_stand_in_for_files_that_are_gone_or_changed()
    {
        await using var run = await UpAsync();
        File.Delete(Path.Combine(run.Folder.Path, "20250101_000000_m.sql"));
        run.Folder.Write("20250101_000001_m.sql", "CREATE TABLE not_what_was_applied ();");
        await run.Database.ExecuteAsync("DROP SEQUENCE counter; DROP VIEW grown_ups");

        var findings = (await ValidateAsync(run)).Findings.Where(finding => finding.Line > 0).ToArray();

        Assert.Equal(["sequence counter", "view grown_ups"], findings.Select(finding => finding.Message.Split(" is not")[0]));
        Assert.Equal("20250101_000000_m.sql (UP as stored when it was applied)", findings[0].File);
    }

    [Fact]
    public async Task Before_a_migration_of_which_nothing_is_known_nothing_is_certain()
    {
        await using var run = await UpAsync();
        await run.Database.ExecuteAsync("INSERT INTO schema_migrations (version, applied_at) SELECT '20250101_000002_5', applied_at FROM schema_migrations WHERE version = '20250101_000002'; DROP TABLE people CASCADE");
        Assert.DoesNotContain((await ValidateAsync(run)).Findings, finding => finding.Line > 0);

        await run.Database.ExecuteAsync("DROP INDEX app.things_name");
        Assert.StartsWith("index app.things_name", Assert.Single((await ValidateAsync(run)).Findings, finding => finding.Line > 0).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_projects_own_migrations_are_all_there()
    {
        await using var run = await TestRun.CreateAsync(server);
        foreach (var file in Directory.GetFiles(MigrationFolder.OfRepository, "*.sql"))
            File.Copy(file, Path.Combine(run.Folder.Path, Path.GetFileName(file)));
        Assert.True((await run.UpAsync()).Succeeded);

        var report = await ValidateAsync(run);

        Assert.Empty(report.Findings);
        Assert.True(report.CheckedObjects > 20, $"{report.CheckedObjects}");
    }

    [Fact]
    public async Task An_index_that_is_INVALID_is_found()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a (id int);\nCREATE UNIQUE INDEX a_id ON a (id);\n");
        await run.UpAsync();
        await run.Database.ExecuteAsync("DROP INDEX a_id; INSERT INTO a VALUES (1), (1)");
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => run.Database.ExecuteAsync("CREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id)"));

        var finding = Assert.Single((await ValidateAsync(run)).Findings);

        Assert.StartsWith("index public.a_id is INVALID", finding.Message, StringComparison.Ordinal);
        Assert.Equal(2, finding.Line);
    }

    [Fact]
    public async Task Applied_out_of_order_only_what_is_there_either_way_is_looked_for()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE a ();\nCREATE TABLE b ();\n");
        await run.UpAsync();
        run.Folder.Write("20250101_000001_a.sql", "DROP TABLE IF EXISTS a;\n");
        await run.UpAsync();

        var report = await ValidateAsync(run);

        Assert.Empty(report.Findings);
        Assert.Equal(1, report.CheckedObjects);
    }

    [Fact]
    public async Task A_half_done_migration_may_have_dropped_what_it_drops()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\nCREATE TABLE b ();\n");
        run.Folder.Write("20250101_000002_b.sql", "BEGIN;\nDROP TABLE a;\nCREATE TABLE c ();\nCOMMIT;\nBEGIN;\nSELECT 1/0;\nCOMMIT;\n");
        Assert.False((await run.UpAsync()).Succeeded);

        var report = await ValidateAsync(run);

        Assert.Contains("interrupted", Assert.Single(report.Findings).Message, StringComparison.Ordinal);
        Assert.Equal(1, report.CheckedObjects);
    }

    private async Task<TestRun> UpAsync()
    {
        var run = await TestRun.CreateAsync(server);
        for (var i = 0; i < Scripts.Length; i++)
            run.Folder.Write($"20250101_{i:000000}_m.sql", Scripts[i]);
        var report = await run.UpAsync();
        Assert.True(report.Succeeded, report.Failure?.ToString());
        return run;
    }

    private static Task<ValidationReport> ValidateAsync(TestRun run) =>
        new MigrationHistory(run.Options).ValidateAsync(deep: true, TestContext.Current.CancellationToken);
}
