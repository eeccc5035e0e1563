using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>A server that goes down, or ends our session, in the middle of a run.</summary>
public sealed class ServerFaultTests(PostgresServer server)
{
    // The index of the history table is built before it.
    private const string Waiting = "select count(*) > 0 from pg_stat_progress_create_index where datname = current_database() and phase like 'waiting for writers%'";

    [Fact]
    public async Task A_session_terminated_during_a_concurrent_build_is_settled_and_the_next_run_heals_it()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int)");
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE u (n int);\nCREATE INDEX CONCURRENTLY i ON t (n);");
        await using var writer = await OpenWriter.BeginAsync(run.Database);
        var up = Task.Run(() => run.UpAsync(), TestContext.Current.CancellationToken);
        await run.Database.WaitForAsync(Waiting);

        await run.Database.ExecuteAsync("select pg_terminate_backend(pid, 60000) from pg_stat_progress_create_index where datname = current_database()");
        var lost = await up;
        await writer.CommitAsync();
        var healed = await run.UpAsync();

        Assert.Equal((true, false, 1), (lost.Failure?.ConnectionLost, lost.Failure?.Committed, lost.Failure?.FinishedSteps));
        Assert.True(healed.Succeeded, healed.Failure?.ToString());
        Assert.Equal("public.i", Assert.Single(run.Events.OfType<InvalidIndexDropped>()).Name);
    }

    [Theory]
    [InlineData("CREATE TABLE b ();\nDO $$ BEGIN RAISE NOTICE 'now'; PERFORM pg_sleep(600); END $$;")]
    [InlineData("CREATE TABLE b ();\nDO $$ BEGIN RAISE NOTICE 'now'; COMMIT; PERFORM pg_sleep(600); END $$;")]
    public async Task A_server_that_crashes_in_the_middle_of_a_run_is_gone_on_with_from_what_it_kept(string script)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("MIGRATE_TEST_DB") is { Length: > 0 }, "the server is not the tests' own");
        await using var own = new PostgresServer();
        await own.InitializeAsync();
        await using var run = await TestRun.CreateAsync(own);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        run.Folder.Write("20250101_000002_b.sql", script);
        Task? restart = null;
        run.OnEvent = happened =>
        {
            if (happened is NoticeReceived && restart is null)
                restart = Task.Run(own.RestartAsync);
        };

        var lost = await run.UpAsync();
        await restart!;

        // What was committed but not yet flushed may be gone: the report says what the history says.
        Assert.Equal((true, false), (lost.Failure?.ConnectionLost, lost.Failure?.Committed));
        Assert.Equal(await run.HistoryAsync() ?? "", string.Join(' ', lost.Finished.Select(finished => finished.Version)));
        run.Folder.Write("20250101_000002_b.sql", script.Replace("pg_sleep(600)", "1", StringComparison.Ordinal));
        var gone = await run.UpAsync();
        Assert.True(gone.Succeeded, gone.Failure?.ToString());
        Assert.Equal("20250101_000001 20250101_000002", await run.HistoryAsync());
    }

    [Fact]
    public async Task An_interrupt_during_a_concurrent_build_ends_with_130_and_the_lock_is_free()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int)");
        run.Folder.Write("20250101_000001_a.sql", "CREATE INDEX CONCURRENTLY i ON t (n);");
        await using var writer = await OpenWriter.BeginAsync(run.Database);

        using var cli = CliProcess.Start(run.Folder, run.Database, "up");
        await run.Database.WaitForAsync(Waiting);
        await cli.SignalAsync("INT");
        var interrupted = await cli.WaitAsync();

        Assert.Equal(130, interrupted.Code);
        await run.Database.WaitForAsync("select count(*) = 0 from pg_locks l join pg_database d on d.oid = l.database where l.locktype = 'advisory' and d.datname = current_database()");
        Assert.Equal("0", await run.Database.AskAsync("select count(*) from schema_migrations_checkpoint"));
        await writer.CommitAsync();
        Assert.True((await run.UpAsync(run.Options with { LockWait = TimeSpan.Zero })).Succeeded);
    }
}
