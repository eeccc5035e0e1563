using PhaserAI.Migrations.Tests.Planning;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>A history that earlier runners or the scripts themselves have written is used as it is.</summary>
public sealed class AdoptionTests(PostgresServer server)
{
    private const string GuideTable = "CREATE TABLE schema_migrations (version VARCHAR(50) PRIMARY KEY, applied_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(), checksum VARCHAR(64), execution_time_ms INTEGER, description TEXT)";

    [Theory]
    [InlineData("NULL")]
    [InlineData("''")]
    [InlineData("'d41d8cd98f00b204e9800998ecf8427e'")]
    public async Task Rows_without_a_checksum_of_ours_are_taken_as_they_are_in_every_command(string checksum)
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync($"{GuideTable}; CREATE TABLE a (); CREATE TABLE b (); INSERT INTO schema_migrations (version, checksum) VALUES ('20250101_000001', {checksum}), ('20250101_000002', {checksum})");
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n-- DOWN:\n-- DROP TABLE a;\n");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();\n-- DOWN:\n-- DROP TABLE b;\n");
        var options = run.Options with { Drift = DriftPolicy.Strict };
        var history = new MigrationHistory(options);

        var validation = await history.ValidateAsync(deep: true, TestContext.Current.CancellationToken);
        Assert.Empty(validation.Problems);
        Assert.Empty(validation.Findings);
        Assert.Equal(2, validation.CheckedObjects);
        Assert.Empty((await history.PlanChangeAsync(HistoryTarget.EditedFiles, TestContext.Current.CancellationToken)).Changes);
        Assert.Empty((await history.PlanChangeAsync(HistoryTarget.Baseline(Planned.Version("20250101_000002")), TestContext.Current.CancellationToken)).Problems);
        Assert.Equal(2, (await history.ReadLogAsync(cancellationToken: TestContext.Current.CancellationToken)).Entries.Length);
        Assert.True((await run.UpAsync(options)).Succeeded);

        var down = await new Migrator(options).DownAsync(DownTarget.All, TestContext.Current.CancellationToken);
        Assert.True(down.Succeeded, down.Failure?.ToString());
        Assert.Null(await run.Database.AskAsync("select coalesce(to_regclass('a'), to_regclass('b'))"));
        Assert.True((await run.UpAsync(options)).Succeeded);
        Assert.Equal("2", await run.Database.AskAsync("select count(*) from schema_migrations where checksum ~ '^[0-9a-f]{64}$'"));
    }

    [Fact]
    public async Task The_projects_own_scripts_run_by_psql_are_adopted_from_the_rows_that_they_wrote()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync(GuideTable);
        var files = Directory.GetFiles(MigrationFolder.OfRepository, "*.sql").Order(StringComparer.Ordinal).ToArray();
        foreach (var file in files)
        {
            File.Copy(file, Path.Combine(run.Folder.Path, Path.GetFileName(file)));
            await run.Database.PsqlAsync("-q", "-f", file);
        }

        var options = run.Options with { Drift = DriftPolicy.Strict };
        var up = await run.UpAsync(options);
        Assert.True(up.Succeeded, string.Join(", ", up.Plan.Problems));
        Assert.Empty(up.Finished);
        Assert.Empty((await new MigrationHistory(options).ValidateAsync(deep: true, TestContext.Current.CancellationToken)).Findings);

        var down = await new Migrator(options).DownAsync(DownTarget.All, TestContext.Current.CancellationToken);
        Assert.True(down.Succeeded, down.Failure?.ToString());
        Assert.Equal(files.Length, down.Finished.Length);
        Assert.Null(await run.HistoryAsync());
    }

    [Theory]
    [InlineData("ALTER DATABASE {0} SET search_path = app")]
    [InlineData("ALTER ROLE {1} IN DATABASE {0} SET search_path = app")]
    public async Task A_search_path_that_hides_the_history_does_not_make_everything_pending(string alter)
    {
        await using var run = await TestRun.CreateAsync(server);
        var statement = alter.Replace("{0}", run.Database.Address.Database, StringComparison.Ordinal).Replace("{1}", run.Database.Address.Username, StringComparison.Ordinal);
        run.Folder.Write("20250101_000001_a.sql", $"CREATE SCHEMA app;\n{statement};\n");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE public.b ();\n");
        Assert.True((await run.UpAsync()).Succeeded);

        Func<Task>[] calls =
        [
            () => run.UpAsync(), () => run.DownAsync(), () => run.StatusAsync(), () => new MigrationHistory(run.Options).ValidateAsync(cancellationToken: TestContext.Current.CancellationToken),
            () => new MigrationHistory(run.Options).ReadLogAsync(cancellationToken: TestContext.Current.CancellationToken),
        ];
        foreach (var call in calls)
        {
            var refused = await Assert.ThrowsAsync<HistoryUnusableException>(call);
            Assert.StartsWith("Set DB_HISTORY_SCHEMA=public", refused.Next, StringComparison.Ordinal);
        }

        Assert.Null(await run.Database.AskAsync("select to_regclass('app.schema_migrations')"));
        Assert.Empty((await run.UpAsync(run.Options with { HistorySchema = "public" })).Finished);
        Assert.Equal(2, (await run.UpAsync(run.Options with { HistorySchema = "app", Directory = run.Folder.Path })).Plan.Migrations.Length);
    }

    [Fact]
    public async Task A_connection_that_names_its_own_search_path_means_it()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n");
        Assert.True((await run.UpAsync()).Succeeded);
        await run.Database.ExecuteAsync("CREATE SCHEMA tenant");

        var report = await run.UpAsync(run.Options with { ConnectionString = run.Database.ConnectionString + ";Search Path=tenant" });

        Assert.Single(report.Finished);
        Assert.Equal("20250101_000001", await run.Database.AskAsync("select version from tenant.schema_migrations"));
    }
}
