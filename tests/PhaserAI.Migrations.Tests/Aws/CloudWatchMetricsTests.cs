using System.Net;
using System.Net.Sockets;
using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Cli;
using PhaserAI.Migrations.Cli.Metrics;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Aws;

/// <summary><c>--metrics cloudwatch</c>: PutMetricData, read back with GetMetricStatistics.</summary>
public sealed class CloudWatchMetricsTests(PostgresServer server, MotoServer moto) : IClassFixture<MotoServer>
{
    [Fact]
    public async Task What_a_run_sends_can_be_read_back()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n");
        folder.Write("20250101_000002_b.sql", "SELECT nope;\n");
        var cli = Cli(folder, database);

        Assert.Equal(1, (await cli.RunAsync("up")).Code);
        folder.Write("20250101_000002_b.sql", "SELECT 1;\n");
        var up = await cli.RunAsync("up");

        Assert.True(up.Code == 0, up.ToString());
        Assert.DoesNotContain("warning", up.Error, StringComparison.Ordinal);
        Assert.Equal((1, 2), await moto.SumAsync("Tests/Run # more", "MigrationSuccess", "test"));
        Assert.Equal((1, 2), await moto.SumAsync("Tests/Run # more", "MigrationFailure", "test"));
        Assert.Equal((1, 2), await moto.SumAsync("Tests/Run # more", "PendingMigrations", "test"));
        Assert.Equal(2, (await moto.SumAsync("Tests/Run # more", "MigrationRunSeconds", "test")).Count);
        Assert.Equal(0, (await moto.SumAsync("Tests/Run # more", "MigrationSuccess", "prod")).Count);
    }

    [Fact]
    public async Task While_a_run_goes_on_each_minute_is_sent()
    {
        var clock = new ManualClock();
        await using var log = new StringWriter();
        using var metrics = new CallMetrics(
            Sink(moto.Variables, clock, "Tests/Beat"), Measured.Run, clock, new TextReporter(new CliHost(log, log, TextReader.Null, _ => null, "/"), isQuiet: false));

        clock.Advance(TimeSpan.FromMinutes(1));
        await metrics.Beating;
        Assert.Equal((60, 1), await ReadAsync());
        clock.Advance(TimeSpan.FromMinutes(1));
        await metrics.Beating;
        Assert.Equal((180, 2), await ReadAsync());
        await metrics.FinishAsync(null);
        Assert.Equal((300, 3), await ReadAsync());
        Assert.Equal("", log.ToString());

        Task<(double Sum, double Count)> ReadAsync() => moto.SumAsync("Tests/Beat", "MigrationRunSeconds", "dev");
    }

    /// <summary>A minute that is still on its way when the run ends is not waited for.</summary>
    [Fact]
    public async Task A_minute_that_is_stuck_does_not_hold_up_the_end()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var variables = moto.Variables;
        variables["AWS_ENDPOINT_URL"] = $"http://{silent.LocalEndpoint}";
        var clock = new ManualClock();
        await using var log = new StringWriter();
        using var metrics = new CallMetrics(
            Sink(variables, clock), Measured.Run, clock, new TextReporter(new CliHost(log, log, TextReader.Null, _ => null, "/"), isQuiet: false));

        clock.Advance(TimeSpan.FromMinutes(1));
        using var beat = await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        // On its way, not only connected: a connection whose call is cancelled before it has begun is kept for the next call.
        Assert.NotEqual(0, await beat.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        var ending = metrics.FinishAsync(null);
        using var end = await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken); // the clock has not moved on

        clock.Advance(TimeSpan.FromSeconds(5));
        await ending;
        Assert.Contains($"warning: metrics were not sent: CloudWatch can't be reached at http://{silent.LocalEndpoint}: no answer", log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_can_not_be_sent_is_a_warning_and_changes_nothing()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\n");
        var cli = Cli(folder, database);
        var nobody = $"http://127.0.0.1:{PostgresServer.FreePort()}";
        cli.Variables["AWS_ENDPOINT_URL_CLOUDWATCH"] = nobody;

        var up = await cli.RunAsync("up", "-o", "json");

        Assert.True(up.Code == 0, up.ToString());
        Assert.True(up.Json.GetProperty("succeeded").GetBoolean());
        Assert.Contains($"warning: metrics were not sent: CloudWatch can't be reached at {nobody}: Connection refused", up.Error, StringComparison.Ordinal);

        folder.Write("20250101_000002_b.sql", "SELECT nope;\n");
        Assert.Equal(1, (await cli.RunAsync("up")).Code);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var variables = moto.Variables;
        variables["AWS_ENDPOINT_URL"] = $"http://{silent.LocalEndpoint}";
        var clock = new ManualClock();
        using var sink = Sink(variables, clock);

        var sending = sink.WriteAsync([new Metric("A", "Count", 1)], TestContext.Current.CancellationToken);
        using (await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            Assert.False(sending.IsCompleted);
            clock.Advance(TimeSpan.FromSeconds(5));
            var failure = await Assert.ThrowsAsync<AwsAccessException>(() => sending);
            Assert.Equal($"CloudWatch can't be reached at http://{silent.LocalEndpoint}: no answer", failure.Message);
        }
    }

    [Fact]
    public async Task What_CloudWatch_refuses_is_told_in_its_words()
    {
        using var sink = Sink(moto.Variables, new ManualClock());
        var failure = await Assert.ThrowsAsync<AwsAccessException>(() => sink.WriteAsync([new Metric("A", "Parsecs", double.NaN)], TestContext.Current.CancellationToken));
        Assert.StartsWith("CloudWatch answers 400: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_and_a_megabyte_are_the_most_that_one_call_has()
    {
        using var sink = Sink(moto.Variables, new ManualClock(), "Tests/Many");
        Metric[] many = [.. Enumerable.Range(0, 1001).Select(i => new Metric("Many", "Count", i))];
        Assert.Equal([1000, 1], sink.Bodies(many).Select(body => body.Split(".MetricName=").Length - 1));
        Metric[] wide = [.. Enumerable.Range(0, 1000).Select(_ => new Metric(new string('€', 255), "Count", 1))];
        Assert.All(sink.Bodies(wide), body => Assert.InRange(body.Length, 1, 1_000_000));
        Assert.Equal(1000, sink.Bodies(wide).Sum(body => body.Split(".MetricName=").Length - 1));
        Assert.Empty(sink.Bodies([]));

        await sink.WriteAsync(many, TestContext.Current.CancellationToken);
        Assert.Equal((1001 * 1000 / 2, 1001), await moto.SumAsync("Tests/Many", "Many", "dev"));
    }

    private CliRunner Cli(MigrationFolder folder, TestDatabase database)
    {
        // On a busy machine an answer may take longer than the tool waits: here its clock stands still.
        var cli = new CliRunner(folder, database)
        {
            TimeProvider = new ManualClock(),
            Variables = { ["MIGRATE_METRICS"] = "cloudwatch", ["MIGRATE_METRICS_NAMESPACE"] = "Tests/Run # more", ["ENVIRONMENT"] = "test" },
        };
        foreach (var (name, value) in moto.Variables)
            cli.Variables[name] = value;
        return cli;
    }

    private static CloudWatchMetrics Sink(Dictionary<string, string> variables, TimeProvider clock, string name = "Tests") =>
        new(new AwsAccess(variables.GetValueOrDefault), new MetricSource(name, "dev", "up"), clock, TimeSpan.FromSeconds(5));
}
