using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Cli;
using PhaserAI.Migrations.Cli.Metrics;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.Tests.Aws;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary><c>--metrics emf</c>: what each command tells CloudWatch, in lines of the log.</summary>
public sealed class MetricsTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly string[] OfRun =
        ["DatabaseConnectionErrors", "LockWaitTime", "MigrationExecutionTime", "MigrationFailure", "MigrationRunSeconds", "MigrationSuccess", "PendingMigrations"];

    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n-- DOWN:\n-- DROP TABLE a;\n");
        _folder.Write("20250101_000002_b.sql", "SELECT pg_sleep(0.02);\n-- DOWN:\n-- SELECT 1;\n");
    }

    [Fact]
    public async Task A_run_that_succeeds_writes_both_counts_and_its_times()
    {
        var up = await Cli().RunAsync("up");
        var metrics = Assert.Single(EmbeddedFormat.ReadAll(up.Error));
        Assert.Equal(OfRun, metrics.Values.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((1, 0, 0, 0), (metrics["MigrationSuccess"], metrics["MigrationFailure"], metrics["DatabaseConnectionErrors"], metrics["PendingMigrations"]));
        Assert.InRange(metrics["MigrationExecutionTime"], 20, 60_000);
        Assert.InRange(metrics["MigrationRunSeconds"], 0.02, 60);
        Assert.Equal(0, metrics["LockWaitTime"]);
        Assert.Equal(("PhaserAI/Migrations", "dev"), (metrics.Namespace, metrics.Dimensions["Environment"]));
        Assert.Contains("\"event\":\"metrics\",\"command\":\"up\"", up.Error, StringComparison.Ordinal);

        var again = Assert.Single(EmbeddedFormat.ReadAll((await Cli().RunAsync("up")).Error));
        Assert.Equal((1, 0, 0), (again["MigrationSuccess"], again["MigrationFailure"], again["MigrationExecutionTime"]));
        var down = Assert.Single(EmbeddedFormat.ReadAll((await Cli().RunAsync("down")).Error));
        Assert.Equal((1, 1), (down["MigrationSuccess"], down["PendingMigrations"]));
    }

    [Fact]
    public async Task A_migration_that_fails_counts_with_its_time()
    {
        _folder.Write("20250101_000002_b.sql", "SELECT pg_sleep(0.02);\nSELECT nope;\n");
        var metrics = await RunAsync(1);
        Assert.Equal((0, 1, 0, 1), (metrics["MigrationSuccess"], metrics["MigrationFailure"], metrics["DatabaseConnectionErrors"], metrics["PendingMigrations"]));
        Assert.InRange(metrics["MigrationExecutionTime"], 20, 60_000);
    }

    [Fact]
    public async Task A_plan_that_is_refused_counts_as_a_failure()
    {
        _folder.Write("20250101_000002_b.sql", "BEGIN;\n");
        var metrics = await RunAsync(3);
        Assert.Equal((0, 1, 2), (metrics["MigrationSuccess"], metrics["MigrationFailure"], metrics["PendingMigrations"]));
    }

    [Fact]
    public async Task Without_a_connection_that_is_what_counts()
    {
        var cli = Cli();
        cli.Variables["DB_PORT"] = $"{PostgresServer.FreePort()}";
        var metrics = Assert.Single(EmbeddedFormat.ReadAll((await cli.RunAsync("up")).Error));
        Assert.Equal((0, 1, 1), (metrics["MigrationSuccess"], metrics["MigrationFailure"], metrics["DatabaseConnectionErrors"]));
        Assert.DoesNotContain("PendingMigrations", metrics.Values.Keys);
        var status = Assert.Single(EmbeddedFormat.ReadAll((await cli.RunAsync("status")).Error));
        Assert.Equal("DatabaseConnectionErrors", Assert.Single(status.Values.Keys));
    }

    [Fact]
    public async Task A_connection_that_is_lost_counts_too()
    {
        _folder.Write("20250101_000002_b.sql", "SELECT pg_terminate_backend(pg_backend_pid());\n");
        var metrics = await RunAsync(1);
        Assert.Equal((1, 1), (metrics["MigrationFailure"], metrics["DatabaseConnectionErrors"]));
    }

    [Fact]
    public async Task A_lock_that_is_not_to_be_had_counts_with_the_time_that_was_waited()
    {
        await using var holder = await _database!.OpenAsync();
        await using var take = new Npgsql.NpgsqlCommand($"select pg_advisory_lock({MigrationLock.KeyOf("public")})", holder);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var metrics = await RunAsync(4, "--lock-wait", "200ms");
        Assert.Equal((0, 1, 0), (metrics["MigrationSuccess"], metrics["MigrationFailure"], metrics["DatabaseConnectionErrors"]));
        Assert.InRange(metrics["LockWaitTime"], 200, 60_000);
    }

    [Fact]
    public async Task Waiting_for_a_table_counts_as_well()
    {
        _folder.Write("20250101_000002_b.sql", "ALTER TABLE busy ADD COLUMN x int;\n");
        await _database!.ExecuteAsync("CREATE TABLE busy ()");
        await using var holder = await _database.OpenAsync();
        await using var transaction = await LockAsync(holder);
        var cli = Cli();
        (cli.Variables["MIGRATE_LOCK_TIMEOUT"], cli.Variables["MIGRATE_RETRY_BUDGET"]) = ("6s", "0");
        var metrics = Assert.Single(EmbeddedFormat.ReadAll((await cli.RunAsync("up")).Error));
        Assert.Equal(1, metrics["MigrationFailure"]);
        Assert.InRange(metrics["LockWaitTime"], 3000, 60_000);
    }

    [Fact]
    public async Task Everything_that_was_waited_for_is_added_up()
    {
        await using var log = new StringWriter();
        using var metrics = new CallMetrics(
            new EmbeddedMetrics(log, new MetricSource("N", "dev", "up"), TimeProvider.System), Measured.Run, TimeProvider.System,
            new TextReporter(new CliHost(log, log, TextReader.Null, _ => null, "/"), isQuiet: true));
        metrics.Report(new LockAcquired(TimeSpan.FromSeconds(1)));
        metrics.Report(new StatementUnblocked(TimeSpan.FromSeconds(2)));
        metrics.Report(new MigrationRetried("20250101_000001", "55P03", "canceling statement due to lock timeout", TimeSpan.FromSeconds(4)));
        await metrics.FinishAsync(new OperationCanceledException());
        var line = Assert.Single(EmbeddedFormat.ReadAll(log.ToString()));
        Assert.Equal((7000, 1), (line["LockWaitTime"], line["MigrationFailure"]));
    }

    [Fact]
    public async Task What_nobody_confirms_is_neither_a_success_nor_a_failure()
    {
        var metrics = await RunAsync(6, "-e", "prod");
        Assert.Equal((0, 0, "prod"), (metrics["MigrationSuccess"], metrics["MigrationFailure"], metrics.Dimensions["Environment"]));
    }

    [Fact]
    public async Task Status_and_plans_say_what_is_pending_and_nothing_else()
    {
        foreach (var args in (string[][])[["status"], ["list"], ["plan"], ["plan", "20250101_000001"], ["up", "--dry-run"], ["down", "--all", "--dry-run"]])
        {
            var metrics = Assert.Single(EmbeddedFormat.ReadAll((await Cli().RunAsync(args)).Error));
            Assert.Equal("PendingMigrations", Assert.Single(metrics.Values.Keys));
            Assert.Equal(2, metrics["PendingMigrations"]);
        }
    }

    [Fact]
    public async Task Names_and_units_are_those_of_the_reference()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(MigrationFolder.RepositoryRoot, "docs", "metrics.md"), TestContext.Current.CancellationToken);
        var rows = page.Split('\n').Where(line => line.StartsWith("| `Migration", StringComparison.Ordinal) || line.StartsWith("| `Database", StringComparison.Ordinal) || line.StartsWith("| `Pending", StringComparison.Ordinal) || line.StartsWith("| `Lock", StringComparison.Ordinal) || line.StartsWith("| `Backup", StringComparison.Ordinal));
        Assert.Equal(KnownMetrics.All.Select(known => $"| `{known.Name}` | {known.Unit} | {known.When} | {known.Meaning} |"), rows);
        var metrics = await RunAsync(0);
        Assert.All(metrics.Units, unit => Assert.Equal(KnownMetrics.All.Single(known => known.Name == unit.Key).Unit, unit.Value));
    }

    [Fact]
    public async Task They_are_written_only_where_asked_for_and_to_the_namespace_that_is_set()
    {
        var cli = new CliRunner(_folder, _database);
        Assert.Empty(EmbeddedFormat.ReadAll((await cli.RunAsync("status")).Error));
        cli.Variables["MIGRATE_METRICS_NAMESPACE"] = "Mine/Here";
        Assert.Equal("Mine/Here", Assert.Single(EmbeddedFormat.ReadAll((await cli.RunAsync("status", "--metrics", "EMF")).Error)).Namespace);
        Assert.Empty(EmbeddedFormat.ReadAll((await cli.RunAsync("history", "--metrics", "emf")).Error));
        foreach (var bad in (string[])["AWS/Lambda", ":x", "größe", " "])
        {
            cli.Variables["MIGRATE_METRICS_NAMESPACE"] = bad;
            var refused = await cli.RunAsync("up", "--metrics", "emf");
            Assert.True(refused.Code == 2, refused.ToString());
            Assert.Contains("MIGRATE_METRICS_NAMESPACE", refused.Error, StringComparison.Ordinal);
        }

        Assert.Equal(2, (await cli.RunAsync("status", "--metrics", "statsd")).Code);
        Assert.Null(await _database!.AskAsync("select to_regclass('a')"));
    }

    [Fact]
    public async Task Beside_other_lines_of_JSON_they_are_one_more_and_the_end_of_the_call_stays_the_last()
    {
        var up = await Cli().RunAsync("up", "--log-format", "json", "-o", "json");
        var lines = up.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.StartsWith("{", line, StringComparison.Ordinal));
        EmbeddedFormat.Read(lines[^2]);
        Assert.Contains("\"event\":\"call.finished\"", lines[^1], StringComparison.Ordinal);
        Assert.True(up.Json.GetProperty("succeeded").GetBoolean());
    }

    [Fact]
    public async Task While_a_run_hangs_each_minute_says_how_long_it_has()
    {
        _folder.Write("20250101_000002_b.sql", "ALTER TABLE busy ADD COLUMN x int;\n");
        await _database!.ExecuteAsync("CREATE TABLE busy ()");
        await using var holder = await _database.OpenAsync();
        await using var transaction = await LockAsync(holder);
        var clock = new ManualClock();
        var cli = new CliRunner(_folder, _database) { TimeProvider = clock, Variables = { ["MIGRATE_METRICS"] = "emf", ["MIGRATE_LOCK_TIMEOUT"] = "1h" } };

        var running = cli.RunAsync("up");
        await _database.WaitForAsync("select exists (select from pg_locks where not granted and relation = 'busy'::regclass)");
        for (var minute = 0; minute < 20; minute++)
            clock.Advance(TimeSpan.FromMinutes(1));
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        var up = await running;

        Assert.True(up.Code == 0, up.ToString());
        var lines = EmbeddedFormat.ReadAll(up.Error);
        Assert.All(lines[..^1], line => Assert.Equal("MigrationRunSeconds", Assert.Single(line.Values.Keys)));
        Assert.Equal(Enumerable.Range(1, 20).Select(minute => 60.0 * minute), lines[..^1].Select(line => line["MigrationRunSeconds"]));
        Assert.Equal((1200, 1), (lines[^1]["MigrationRunSeconds"], lines[^1]["MigrationSuccess"]));
        clock.Advance(TimeSpan.FromMinutes(5)); // nothing rings any more
    }

    [Fact]
    public async Task Calls_at_the_same_time_write_lines_of_their_own()
    {
        await using var other = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_bad.sql", "SELECT nope;\n");
        var failing = new CliRunner(folder, other) { Variables = { ["MIGRATE_METRICS"] = "emf", ["ENVIRONMENT"] = "test" } };

        var results = await Task.WhenAll(Cli().RunHereAsync(["up"], default), failing.RunHereAsync(["up"], default));

        var (good, bad) = (Assert.Single(EmbeddedFormat.ReadAll(results[0].Error)), Assert.Single(EmbeddedFormat.ReadAll(results[1].Error)));
        Assert.Equal((1, "dev", 0, "test"), (good["MigrationSuccess"], good.Dimensions["Environment"], bad["MigrationSuccess"], bad.Dimensions["Environment"]));
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
    }

    private async Task<EmbeddedFormat> RunAsync(int code, params string[] more)
    {
        var up = await Cli().RunAsync(["up", .. more]);
        Assert.True(up.Code == code, up.ToString());
        return Assert.Single(EmbeddedFormat.ReadAll(up.Error));
    }

    private static async Task<Npgsql.NpgsqlTransaction> LockAsync(Npgsql.NpgsqlConnection holder)
    {
        var transaction = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var hold = new Npgsql.NpgsqlCommand("lock table busy", holder);
        await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return transaction;
    }

    private CliRunner Cli() => new(_folder, _database) { Variables = { ["MIGRATE_METRICS"] = "emf" } };
}
