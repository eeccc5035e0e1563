using Npgsql;
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
}
