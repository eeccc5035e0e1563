using Npgsql;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>When the connection breaks, the history is asked what became of the migration; nothing is guessed.</summary>
public sealed class LostConnectionTests(PostgresServer server)
{
    [Theory]
    [InlineData(2, "20250101_000001", true)] // the first COMMIT is that of the history tables
    [InlineData(3, "20250101_000001 20250101_000002", false)]
    public async Task Lost_exactly_at_COMMIT_the_migration_is_reported_as_what_it_is(int commit, string history, bool isFailure)
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        run.Folder.Write("20250101_000002_b.sql", "CREATE TABLE b ();");
        await using var proxy = new CuttingProxy(run.Database.Address.Host!, run.Database.Address.Port, commit);
        var through = new NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { Host = "127.0.0.1", Port = proxy.Port };

        var report = await run.UpAsync(run.Options with { ConnectionString = through.ConnectionString });

        Assert.True(proxy.HasCut);
        Assert.Equal(history, await run.HistoryAsync());
        Assert.Equal(history, string.Join(' ', report.Finished.Select(finished => finished.Version)));
        Assert.Equal(isFailure ? true : null, report.Failure?.Committed);
        Assert.True((await run.UpAsync()).Succeeded);
    }

    [Fact]
    public async Task What_the_server_still_does_after_the_connection_broke_is_waited_for()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\nDO $$ BEGIN RAISE NOTICE 'now'; PERFORM pg_sleep(1); END $$;\n");
        await using var proxy = new CuttingProxy(run.Database.Address.Host!, run.Database.Address.Port, int.MaxValue);
        var through = new NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { Host = "127.0.0.1", Port = proxy.Port };
        run.OnEvent = happened =>
        {
            if (happened is NoticeReceived)
                proxy.Cut();
        };

        var report = await run.UpAsync(run.Options with { ConnectionString = through.ConnectionString });

        // The server had all of the transaction, its COMMIT too, before the connection broke.
        Assert.Equal("20250101_000001", await run.HistoryAsync());
        Assert.True(report.Succeeded, report.Failure?.ToString());
    }

    [Fact]
    public async Task A_terminated_backend_is_known_to_have_left_nothing()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();\nSELECT pg_terminate_backend(pg_backend_pid());\n");

        var report = await run.UpAsync();

        Assert.Equal((true, false, 0), (report.Failure?.ConnectionLost, report.Failure?.Committed, report.Failure?.FinishedSteps));
        Assert.Null(await run.HistoryAsync());
    }

    [Fact]
    public async Task A_connection_lost_while_waiting_for_the_lock_is_a_sentence_and_not_a_stack_trace()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        await using var holder = await run.Database.OpenAsync();
        await using var take = new NpgsqlCommand($"select pg_advisory_lock({PhaserAI.Migrations.Execution.MigrationLock.KeyOf("public")})", holder);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        run.OnEvent = happened => run.Database.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'phaserai-migrate'").GetAwaiter().GetResult();

        var failure = await Assert.ThrowsAsync<ConnectionFailedException>(() => run.UpAsync());

        Assert.Contains("lost", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_come_back_leaves_open_what_is_on_its_disk_and_is_told_so()
    {
        await using var run = await TestRun.CreateAsync(server);
        for (var i = 1; i <= 3; i++)
            run.Folder.Write($"20250101_00000{i}_a.sql", $"CREATE TABLE a{i} ();");
        run.Folder.Write("20250101_000004_a.sql", "SELECT pg_sleep(600);");
        var proxy = new PassingProxy(run.Database.Address.Host!, run.Database.Address.Port);
        var through = new NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { Host = "127.0.0.1", Port = proxy.Port };
        Task? away = null;
        run.OnEvent = happened =>
        {
            if (happened is MigrationStarted { Version: "20250101_000004" })
                away = Task.Run(async () => await proxy.DisposeAsync());
        };

        var report = await run.UpAsync(run.Options with { ConnectionString = through.ConnectionString, LockWait = TimeSpan.FromMilliseconds(100) });

        await away!;
        Assert.Equal(("20250101_000004", true, null), (report.Failure?.Version, report.Failure?.ConnectionLost, report.Failure?.Committed));
        Assert.Equal((3, 0), (report.Unconfirmed, report.Finished.Length));
        Assert.Equal(
            "Before it, 3 migrations were committed, from 20250101_000001 to 20250101_000003; whether all of that is on the server's disk is not known here: the history says it.",
            FailureState.Before(report));
        Assert.Equal("20250101_000001 20250101_000002 20250101_000003", await run.HistoryAsync());
    }

    [Fact]
    public async Task A_connection_that_broke_between_two_commands_is_called_lost()
    {
        await using var run = await TestRun.CreateAsync(server);

        var lost = await Assert.ThrowsAsync<ConnectionFailedException>(() => MigrationConnection.UseAsync<bool>(
            run.Options,
            async (connection, _) =>
            {
                await run.Database.ExecuteAsync($"select pg_terminate_backend({connection.ProcessID}, 60000)");
                await Assert.ThrowsAnyAsync<NpgsqlException>(() => OwnSql.RunAsync(connection, "select 1", TestContext.Current.CancellationToken));
                await OwnSql.RunAsync(connection, "select 1", TestContext.Current.CancellationToken);
                return true;
            },
            TestContext.Current.CancellationToken));

        Assert.StartsWith("the connection to the server was lost: ", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_says_nothing_is_asked_by_the_system_whether_it_is_there()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the system's table of connections is Linux's");
        await using var run = await TestRun.CreateAsync(server);
        await using var connection = await MigrationConnection.OpenAsync(run.Options, TestContext.Current.CancellationToken);
        await using var ask = new NpgsqlCommand("select inet_client_port()", connection);
        var own = $"0100007F:{(int)(await ask.ExecuteScalarAsync(TestContext.Current.CancellationToken))!:X4}";

        // proc(5): the fields are sl, local_address, rem_address, st, tx_queue:rx_queue, tr:tm->when; timer 2 is keepalive's.
        var fields = (await File.ReadAllLinesAsync("/proc/net/tcp", TestContext.Current.CancellationToken))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Single(line => line[1] == own && line[3] == "01");
        Assert.StartsWith("02:", fields[5], StringComparison.Ordinal);
        Assert.InRange(Convert.ToInt32(fields[5][3..], 16), 1, 6000); // hundredths of a second
    }
}
