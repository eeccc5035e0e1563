using PhaserAI.Migrations.Tests.Aws;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Lambda;

/// <summary>Before anything is changed in prod there is a way back, or somebody has said that none is wanted.</summary>
public sealed class RdsBackupTests(PostgresServer server, MotoServer moto) : IClassFixture<MotoServer>
{
    [Fact]
    public async Task A_snapshot_is_made_before_and_down_makes_its_own()
    {
        await using var function = await StartAsync("snapshot-me");
        await moto.CreateInstanceAsync("snapshot-me");

        var up = await function.InvokeAsync("""{"action":"up"}""");

        Assert.False(up.IsError, up.Payload);
        Assert.StartsWith("phaserai-snapshot-me-", (string?)up.Json["backup"]!["name"], StringComparison.Ordinal);
        Assert.StartsWith("arn:aws:rds:", await function.Database.AskAsync("select backup from schema_migrations_log where outcome = 'done'"), StringComparison.Ordinal);

        var info = await function.InvokeAsync("""{"action":"backup-info"}""");
        Assert.False(info.IsError, info.Payload);
        Assert.Equal(("required", "snapshot", "snapshot-me"), ((string?)info.Json["policy"], (string?)info.Json["backup"], (string?)info.Json["database"]));
        var snapshot = Assert.Single(info.Json["snapshots"]!.AsArray())!;
        Assert.Equal(("available", (string?)up.Json["backup"]!["address"]), ((string?)snapshot["status"], (string?)snapshot["address"]));
    }

    [Fact]
    public async Task Where_staging_has_a_store_for_dumps_the_function_makes_a_snapshot_too()
    {
        await using var function = await StartAsync("staged");
        await moto.CreateInstanceAsync("staged");
        function.Variables["ENVIRONMENT"] = "staging";
        function.Variables["BACKUP_S3_BUCKET"] = "dumps-of-the-command-line";

        var up = await function.InvokeAsync("""{"action":"up"}""");

        Assert.False(up.IsError, up.Payload);
        Assert.StartsWith("phaserai-staged-", (string?)up.Json["backup"]!["name"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_s_snapshot_is_the_cluster_s()
    {
        await using var function = await StartAsync(null);
        await moto.AskRdsAsync("CreateDBCluster", ("DBClusterIdentifier", "aurora"), ("Engine", "aurora-postgresql"), ("MasterUsername", "admin1"), ("MasterUserPassword", "not-so-secret"));
        function.Variables["DB_CLUSTER_IDENTIFIER"] = "aurora";

        var up = await function.InvokeAsync("""{"action":"up"}""");

        Assert.False(up.IsError, up.Payload);
        Assert.Contains(":cluster-snapshot:phaserai-aurora-", (string?)up.Json["backup"]!["address"], StringComparison.Ordinal);
        Assert.StartsWith("aws rds restore-db-cluster-from-snapshot", (string?)up.Json["backup"]!["restore"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_database_s_name_it_is_refused_with_the_setting_s()
    {
        await using var function = await StartAsync(null);

        var up = await function.InvokeAsync("""{"action":"up"}""");

        Assert.Equal("RefusedByPolicy", up.ErrorType);
        Assert.Contains("Set DB_INSTANCE_IDENTIFIER or DB_CLUSTER_IDENTIFIER; or MIGRATE_RDS_BACKUP=none", up.ErrorMessage, StringComparison.Ordinal);
        Assert.Null(await function.Database.AskAsync("select to_regclass('a')::text"));
    }

    [Fact]
    public async Task None_must_be_said_and_the_log_says_it()
    {
        await using var function = await StartAsync(null);

        var up = await function.InvokeAsync("""{"action":"up","backup":"none"}""");

        Assert.False(up.IsError, up.Payload);
        Assert.EndsWith("; without a backup: MIGRATE_RDS_BACKUP=none", await function.Database.AskAsync("select reason from schema_migrations_log where outcome = 'done'"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_can_t_be_restored_to_a_point_in_time_is_refused()
    {
        await using var function = await StartAsync("no-window");
        await moto.CreateInstanceAsync("no-window", retentionDays: 0);

        var up = await function.InvokeAsync("""{"action":"up","backup":"pitr"}""");

        Assert.Equal("RefusedByPolicy", up.ErrorType);
        Assert.Contains("BackupRetentionPeriod is 0", up.ErrorMessage, StringComparison.Ordinal);
        Assert.Null(await function.Database.AskAsync("select to_regclass('a')::text"));
    }

    [Theory]
    [InlineData("pitr:app@2026-11-29T10:00:00Z", "aws rds restore-db-instance-to-point-in-time --source-db-instance-identifier app --restore-time 2026-11-29T10:00:00Z --target-db-instance-identifier NEW_NAME")]
    [InlineData("pitr-cluster:app@2026-11-29T10:00:00Z", "aws rds restore-db-cluster-to-point-in-time --source-db-cluster-identifier app --restore-to-time 2026-11-29T10:00:00Z --db-cluster-identifier NEW_NAME")]
    public void The_way_back_to_a_point_in_time_is_that_of_the_instance_or_the_cluster(string address, string command) =>
        Assert.Equal(command, PhaserAI.Migrations.Cli.Output.BackupAddress.Restore(address));

    [Fact]
    public async Task What_RDS_does_not_know_is_told_and_nothing_is_changed()
    {
        await using var function = await StartAsync("nowhere");

        var up = await function.InvokeAsync("""{"action":"up"}""");

        Assert.Equal("BackupFailed", up.ErrorType);
        Assert.Contains("RDS knows nothing of the instance nowhere", up.ErrorMessage, StringComparison.Ordinal);
        Assert.Null(await function.Database.AskAsync("select to_regclass('a')::text"));
    }

    private async Task<TestFunction> StartAsync(string? instance)
    {
        var function = await TestFunction.CreateAsync(server);
        function.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n");
        foreach (var (name, value) in moto.Variables)
            function.Variables[name] = value;
        function.Variables["ENVIRONMENT"] = "prod";
        if (instance is not null)
            function.Variables["DB_INSTANCE_IDENTIFIER"] = instance;
        return function;
    }
}
