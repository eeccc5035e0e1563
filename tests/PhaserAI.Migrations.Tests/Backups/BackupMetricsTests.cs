using PhaserAI.Migrations.Tests.Aws;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Backups;

/// <summary>What <c>--metrics</c> tells of backups.</summary>
public sealed class BackupMetricsTests(PostgresServer server)
{
    [Fact]
    public async Task The_backup_before_a_run_is_measured_and_one_that_fails_is_counted()
    {
        await using var project = await BackupProject.CreateAsync(server);
        project.Folder.Write("20250102_000000_more.sql", "CREATE TABLE more ();\n");

        var failed = project.Cli("prod");
        failed.Variables["BACKUP_DIR"] = "/proc/nowhere";
        var none = await failed.RunAsync("up", "--yes", "--metrics", "emf");
        Assert.True(none.Code == 9, none.ToString());
        var metrics = Assert.Single(EmbeddedFormat.ReadAll(none.Error));
        Assert.Equal((1, 1, 0), (metrics["BackupFailure"], metrics["MigrationFailure"], metrics["MigrationSuccess"]));
        Assert.DoesNotContain("BackupBytes", metrics.Values.Keys);

        metrics = Assert.Single(EmbeddedFormat.ReadAll((await project.Cli("prod").RunAsync("up", "--yes", "--metrics", "emf")).Error));
        Assert.Equal((0, 0, 1), (metrics["BackupFailure"], metrics["MigrationFailure"], metrics["MigrationSuccess"]));
        Assert.InRange(metrics["BackupBytes"], 1000, 1_000_000);
        Assert.InRange(metrics["BackupDuration"], 1, 60_000);
    }

    [Fact]
    public async Task Backup_create_is_measured_too()
    {
        await using var project = await BackupProject.CreateAsync(server);
        var made = Assert.Single(EmbeddedFormat.ReadAll((await project.Cli().RunAsync("backup", "create", "--metrics", "emf")).Error));
        Assert.Equal(["BackupBytes", "BackupDuration", "BackupFailure"], made.Values.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(0, made["BackupFailure"]);

        var cli = project.Cli();
        cli.Variables["DB_PORT"] = $"{PostgresServer.FreePort()}";
        var failed = Assert.Single(EmbeddedFormat.ReadAll((await cli.RunAsync("backup", "create", "--metrics", "emf")).Error));
        Assert.Equal(1, failed["BackupFailure"]);
    }
}
