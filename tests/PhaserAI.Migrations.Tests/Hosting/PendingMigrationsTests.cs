using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using PhaserAI.Migrations.Hosting;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Hosting;

/// <summary>The health check says whether the database is as the application needs it.</summary>
public sealed class PendingMigrationsTests(PostgresServer server)
{
    [Fact]
    public async Task Unhealthy_while_migrations_are_pending_and_asked_anew_until_none_is()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();");
        using var application = TestApplication.Of(database.ConnectionString, folder.Path, options => options.MigrateOnStart = false);
        await application.StartAsync();

        var before = await application.HealthAsync();
        await application.Migrations.UpAsync(TestContext.Current.CancellationToken);
        var after = await application.HealthAsync();

        Assert.Equal(HealthStatus.Unhealthy, before.Status);
        Assert.Equal($"pending in database {database.Address.Database}: 20250101_000001_a.sql, 20250101_000002_b.sql", before.Description);
        Assert.Equal(["20250101_000001_a.sql", "20250101_000002_b.sql"], (string[])before.Data["pending"]);
        Assert.Equal((HealthStatus.Healthy, $"no migration of database {database.Address.Database} is pending", 2), (after.Status, after.Description, (int)after.Data["applied"]));
    }

    [Fact]
    public async Task What_a_newer_version_has_begun_does_not_matter_to_this_one()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "CREATE TABLE a (n int);");
        using var application = TestApplication.Of(database.ConnectionString, folder.Path);
        await application.StartAsync();
        using var newer = new MigrationFolder();
        newer.Write("20250101_000001_a.sql", "CREATE TABLE a (n int);");
        newer.Write("20250101_000002_b.sql", "ALTER TABLE a ADD b int;\nCREATE INDEX CONCURRENTLY i ON a (missing);");

        var run = await new Migrator(new MigrationOptions { ConnectionString = database.ConnectionString, Directory = newer.Path }).UpAsync(cancellationToken: TestContext.Current.CancellationToken);
        application.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.False(run.Succeeded);
        Assert.Equal("1", await database.AskAsync("select count(*) from pg_attribute where attrelid = 'a'::regclass and attname = 'b'"));
        Assert.Equal(HealthStatus.Healthy, (await application.HealthAsync()).Status);
    }

    [Fact]
    public async Task Healthy_is_kept_for_as_long_as_the_options_say()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        using var application = TestApplication.Of(database.ConnectionString, folder.Path);
        await application.StartAsync();
        await application.HealthAsync();
        folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();");

        application.Clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(HealthStatus.Healthy, (await application.HealthAsync()).Status);
        application.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HealthStatus.Unhealthy, (await application.HealthAsync()).Status);
    }

    [Fact]
    public async Task A_server_that_is_away_is_unhealthy_and_no_password_is_told()
    {
        using var folder = new MigrationFolder();
        var address = new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = PostgresServer.FreePort(), Username = "words", Password = "sw0rdfish", Database = "words" };
        using var application = TestApplication.Of(address.ConnectionString, folder.Path, options => options.MigrateOnStart = false);
        await application.StartAsync();

        var health = await application.HealthAsync();

        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.Contains($"no PostgreSQL server listens at 127.0.0.1:{address.Port}", health.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("sw0rdfish", $"{health.Description}{health.Exception}{string.Concat(application.Log)}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_was_not_copied_is_said_with_the_line_that_copies_it()
    {
        using var application = TestApplication.Of("Host=127.0.0.1", "not-copied");

        var refusal = await Assert.ThrowsAsync<DatabaseNotMigratedException>(application.StartAsync);

        Assert.Contains($"there is no folder {Path.Combine(AppContext.BaseDirectory, "not-copied")}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("<None Update=\"not-copied/**\" CopyToOutputDirectory=\"PreserveNewest\" />", refusal.Next, StringComparison.Ordinal);
        Assert.Equal(refusal.Message, (await application.HealthAsync()).Description);
    }

    [Fact]
    public async Task Without_migrations_the_check_says_what_to_call()
    {
        var services = new ServiceCollection();
        services.AddLogging().AddHealthChecks().AddPostgresMigrations();
        await using var provider = services.BuildServiceProvider();

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(
            () => provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken));

        Assert.Contains("services.AddPostgresMigrations(…)", refusal.Message, StringComparison.Ordinal);
    }
}
