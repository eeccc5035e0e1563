using System.Globalization;
using Npgsql;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>The server process of a runner that was killed works on: the next run says who it is and how far, and waits for it.</summary>
public sealed class OrphanTests(PostgresServer server)
{
    [Fact]
    public async Task A_build_that_gets_on_is_waited_for_beyond_the_lock_wait()
    {
        await using var run = await TestRun.CreateAsync(server);
        // One row a page, so that the scan counts; 150 × 50 ms are many times the wait.
        await run.Database.ExecuteAsync("""
            CREATE TABLE t (n int, filler text) WITH (fillfactor = 10);
            INSERT INTO t SELECT i, repeat('x', 500) FROM generate_series(1, 150) i;
            CREATE FUNCTION slow(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.05); RETURN n; END $$;
            """);
        run.Folder.Write("20250101_000001_a.sql", "CREATE INDEX CONCURRENTLY i ON t (slow(n));");
        await KillDuringBuildAsync(run, "select count(*) > 0 from pg_stat_progress_create_index where datname = current_database() and blocks_done > 0");

        var report = await run.UpAsync(run.Options with { LockWait = TimeSpan.FromSeconds(1) });

        Assert.True(report.Succeeded, report.Failure?.ToString());
        var holder = Assert.Single(run.Events.OfType<LockAwaited>()).Holder;
        Assert.Equal(("phaserai-migrate", "active", "CREATE INDEX CONCURRENTLY i ON t (slow(n))"), (holder?.Application, holder?.State, holder?.Query));
        var builds = run.Events.OfType<IndexBuildProgress>().ToArray();
        Assert.All(builds, build => Assert.Equal(("i", holder?.ProcessId), (build.Relation, build.ProcessId)));
        Assert.Contains(builds, build => build is { Phase: "building index: scanning table", Total: >= 100, Percent: > 0 and <= 100 });
        Assert.Single(run.Events.OfType<StepFoundDone>());
        Assert.Equal("t", await run.Database.AskAsync("select indisvalid from pg_index where indexrelid = 'i'::regclass"));
    }

    [Fact]
    public async Task A_build_that_is_stuck_itself_is_not_waited_for_longer_and_told_with_what_it_waits_for()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int)");
        run.Folder.Write("20250101_000001_a.sql", "CREATE INDEX CONCURRENTLY i ON t (n);");
        await using var writer = await OpenWriter.BeginAsync(run.Database);
        var orphan = await KillDuringBuildAsync(run, "select count(*) > 0 from pg_stat_progress_create_index where datname = current_database() and phase like 'waiting for writers%'");

        var refusal = await Assert.ThrowsAsync<LockNotAcquiredException>(() => run.UpAsync(run.Options with { LockWait = TimeSpan.FromSeconds(1) }));

        Assert.Equal(orphan, refusal.Holder?.ProcessId.ToString(CultureInfo.InvariantCulture));
        Assert.Contains("it builds i (waiting for writers before build, 0 %)", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"it waits itself for pid {writer.ProcessId}", refusal.Message, StringComparison.Ordinal);

        await writer.CommitAsync();
        Assert.True((await run.UpAsync()).Succeeded);
        Assert.Equal("20250101_000001", await run.HistoryAsync());
    }

    [Fact]
    public async Task An_orphan_that_was_terminated_leaves_what_the_next_run_clears_away()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int)");
        run.Folder.Write("20250101_000001_a.sql", "CREATE INDEX CONCURRENTLY i ON t (n);");
        await using var writer = await OpenWriter.BeginAsync(run.Database);
        var orphan = await KillDuringBuildAsync(run, "select count(*) > 0 from pg_stat_progress_create_index where datname = current_database() and phase like 'waiting for writers%'");
        await run.Database.ExecuteAsync($"select pg_terminate_backend({orphan}, 60000)");
        await writer.CommitAsync();

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Equal("public.i", Assert.Single(run.Events.OfType<InvalidIndexDropped>()).Name);
        Assert.Equal("t", await run.Database.AskAsync("select indisvalid from pg_index where indexrelid = 'i'::regclass"));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task An_interrupt_ends_the_waiting(string signal)
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        await using var holder = await run.Database.OpenAsync();
        await using (var take = new NpgsqlCommand($"select pg_advisory_lock({Migrations.Execution.MigrationLock.KeyOf("public")})", holder))
            await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        using var cli = CliProcess.Start(run.Folder, run.Database, "up");
        Assert.True(await cli.ReadUntilAsync("Waiting for another migration run"));
        await cli.SignalAsync(signal);

        Assert.Equal(130, (await cli.WaitAsync()).Code);
    }

    [Fact]
    public async Task Somebody_else_s_build_of_that_index_is_waited_for_and_not_dropped()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int)");
        run.Folder.Write("20250101_000001_a.sql", "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (n);");
        await using var writer = await OpenWriter.BeginAsync(run.Database);
        var theirs = Task.Run(() => run.Database.ExecuteAsync("CREATE INDEX CONCURRENTLY i ON t (n)"), TestContext.Current.CancellationToken);
        await run.Database.WaitForAsync("select count(*) > 0 from pg_stat_progress_create_index where datname = current_database() and phase like 'waiting for writers%'");
        run.OnEvent = happened =>
        {
            if (happened is IndexBuildProgress { Phase: "waiting for writers before build" })
                writer.Rollback();
        };

        var report = await run.UpAsync();
        await theirs;

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Empty(run.Events.OfType<InvalidIndexDropped>());
        Assert.Equal("t", await run.Database.AskAsync("select indisvalid from pg_index where indexrelid = 'i'::regclass"));
    }

    [Theory]
    [InlineData(null, "phaserai-migrate")]
    [InlineData("deploy of shop", "deploy of shop (phaserai-migrate)")]
    [InlineData("a name that is much too long to be shown by the server in full", "a name that is much too long to be shown by  (phaserai-migrate)")]
    public async Task Sessions_are_marked_and_keep_the_user_s_own_name(string? name, string shown)
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE seen AS SELECT current_setting('application_name') AS name;");
        var named = new NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { ApplicationName = name };

        Assert.True((await run.UpAsync(run.Options with { ConnectionString = named.ConnectionString })).Succeeded);

        Assert.Equal(shown, await run.Database.AskAsync("select name from seen"));
    }

    /// <summary>Kills the tool with SIGKILL when its build has come to a point; the pid of the server process that it leaves.</summary>
    private static async Task<string> KillDuringBuildAsync(TestRun run, string question)
    {
        using var cli = CliProcess.Start(run.Folder, run.Database, "up");
        await run.Database.WaitForAsync(question.Replace("where ", "where datname = current_database() and ", StringComparison.Ordinal));
        cli.Kill();
        return (await run.Database.AskAsync("select pid from pg_stat_progress_create_index where datname = current_database()"))!;
    }
}
