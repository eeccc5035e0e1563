using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.Hosting;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Hosting;

/// <summary>An application starts with the database that it was made for, or says why not and does not start.</summary>
public sealed class MigrateOnStartTests(PostgresServer server)
{
    [Fact]
    public async Task Two_replicas_at_once_both_start_and_each_migration_runs_once()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "CREATE TABLE runs (n int); INSERT INTO runs VALUES (1); SELECT pg_sleep(0.05);");
        folder.Write("20250101_000002_b.sql", "INSERT INTO runs VALUES (2);");
        using var one = TestApplication.Of(database.ConnectionString, folder.Path);
        using var two = TestApplication.Of(database.ConnectionString, folder.Path);

        await Task.WhenAll(Task.Run(one.StartAsync, TestContext.Current.CancellationToken), Task.Run(two.StartAsync, TestContext.Current.CancellationToken));

        Assert.True(one.HasStarted && two.HasStarted);
        Assert.Equal("1 2", await database.AskAsync("select string_agg(n::text, ' ' order by n) from runs"));
        string[] log = [.. one.Log, .. two.Log];
        Assert.Single(log, line => line.StartsWith("Information migration.finished: Applied 20250101_000001_a.sql", StringComparison.Ordinal));
        Assert.Single(log, line => line.Contains("run.finished: Applied 2 migrations; 2 are applied in all", StringComparison.Ordinal));
        Assert.Single(log, line => line.Contains("run.finished: Applied 0 migrations; 2 are applied in all", StringComparison.Ordinal));
        Assert.StartsWith("words, PhaserAI.Migrations.Hosting ", await database.AskAsync("select tool from schema_migrations_detail limit 1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_that_fails_keeps_the_application_from_starting_and_says_where_and_what_next()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();\nSELECT missing\n  FROM a;\n");
        using var application = TestApplication.Of(database.ConnectionString, folder.Path);

        var refusal = await Assert.ThrowsAsync<DatabaseNotMigratedException>(application.StartAsync);

        Assert.False(application.HasStarted);
        Assert.Equal(
            $"""
            The database is not migrated: migration 20250101_000002 failed: column "missing" does not exist [42703]
              --> {folder.Path}/20250101_000002_b.sql:2:8
               | SELECT missing
            Before it, 20250101_000001 was applied and stays so.
            20250101_000002 was rolled back: it left no trace.
            next: Mend {folder.Path}/20250101_000002_b.sql, and start the application again.
            """,
            refusal.Message);
        Assert.Equal(2, refusal.Report?.Failure?.Line);
        var logged = Assert.Single(application.Log, line => line.Contains(refusal.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", logged, StringComparison.Ordinal);
        Assert.Equal("20250101_000001", await database.AskAsync("select string_agg(version, ' ') from schema_migrations"));
    }

    [Fact]
    public async Task An_older_version_starts_beside_a_newer_one_but_not_with_an_edited_migration()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        var newer = folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();");
        using (var first = TestApplication.Of(database.ConnectionString, folder.Path))
            await first.StartAsync();
        File.Delete(newer);

        using var older = TestApplication.Of(database.ConnectionString, folder.Path);
        await older.StartAsync();

        Assert.Single(older.Log, line => line.StartsWith("Warning finding: ", StringComparison.Ordinal) && line.Contains("20250101_000002", StringComparison.Ordinal));
        folder.Write("20250101_000001_a.sql", "CREATE TABLE a (id int);");
        using var edited = TestApplication.Of(database.ConnectionString, folder.Path);
        var refusal = await Assert.ThrowsAsync<DatabaseNotMigratedException>(edited.StartAsync);
        Assert.Contains("a problem keeps the migrations from being run; nothing was changed\n", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("20250101_000001_a.sql", refusal.Message, StringComparison.Ordinal);
        using var development = TestApplication.Of(database.ConnectionString, folder.Path, environment: "Development");
        await development.StartAsync();
    }

    [Fact]
    public async Task A_start_that_has_waited_long_enough_for_another_run_says_who_that_is()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        await using var holder = await database.OpenAsync();
        await using var take = new NpgsqlCommand($"select pg_advisory_lock({MigrationLock.KeyOf("public")})", holder);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        using var application = TestApplication.Of(database.ConnectionString, folder.Path, options => options.LockWait = TimeSpan.Zero);

        var refusal = await Assert.ThrowsAsync<DatabaseNotMigratedException>(application.StartAsync);

        Assert.Contains($"another migration run holds the lock: pid {holder.ProcessID}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("Start it again when that run is done; LockWait in AddPostgresMigrations waits longer.", refusal.Next);
        Assert.False(application.HasStarted);
    }

    [Fact]
    public async Task Migrations_for_other_environments_are_left_out_and_logged()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "-- Environments: prod\nCREATE TABLE for_prod ();");
        folder.Write("20250101_000002_b.sql", "-- Environments: staging\nCREATE TABLE for_staging ();");
        using var application = TestApplication.Of(database.ConnectionString, folder.Path);

        await application.StartAsync();

        Assert.Equal("for_prod", await database.AskAsync("select concat_ws(' ', to_regclass('for_prod'), to_regclass('for_staging'))"));
        Assert.Contains("Information migration.skipped: Skipped 20250101_000002_b.sql: it is meant for staging, and this is prod", application.Log);
    }

    [Fact]
    public async Task A_data_source_lends_its_password_and_not_its_pool()
    {
        await using var role = await TestRole.CreateAsync(server, "sw0rdfish");
        await using var database = await server.CreateDatabaseAsync();
        await database.ExecuteAsync($"GRANT CREATE ON SCHEMA public TO {role.Name}");
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        var address = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Username = role.Name, Pooling = true, MaxPoolSize = 1 };
        var builder = new NpgsqlDataSourceBuilder(address.ConnectionString);
        builder.UsePasswordProvider(_ => "sw0rdfish", (_, _) => new ValueTask<string>("sw0rdfish"));
        await using (var source = builder.Build())
        {
            await using var busy = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
            using var application = TestApplication.With(services => services.AddSingleton(source).AddPostgresMigrations(options => options.Directory = folder.Path));

            await application.StartAsync();

            Assert.Equal("Applied 1", $"Applied {(await application.Migrations.GetStatusAsync(TestContext.Current.CancellationToken)).Count(MigrationState.Applied)}");
            Assert.DoesNotContain(application.Log, line => line.Contains("sw0rdfish", StringComparison.Ordinal));
        }

        await database.ExecuteAsync($"DROP OWNED BY {role.Name}");
    }

    [Fact]
    public void A_second_database_is_refused() => Assert.Contains(
        "use a Migrator for another one",
        Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddPostgresMigrations("Host=a").AddPostgresMigrations("Host=b")).Message,
        StringComparison.Ordinal);
}
