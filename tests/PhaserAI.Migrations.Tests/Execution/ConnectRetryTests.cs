using Npgsql;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>A server that takes no connections just now is waited for, where that is wanted; one that refuses is not.</summary>
public sealed class ConnectRetryTests(PostgresServer server)
{
    [Fact]
    public async Task A_server_that_comes_back_in_time_is_met()
    {
        await using var run = await TestRun.CreateAsync(server);
        var port = PostgresServer.FreePort();
        PassingProxy? proxy = null;
        var clock = new Waits(() => proxy ??= new PassingProxy(run.Database.Address.Host!, run.Database.Address.Port, port));
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");

        var status = await new Migrator(At(run, port, clock)).GetStatusAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, status.Count(MigrationState.Pending));
        await proxy!.DisposeAsync();
    }

    [Fact]
    public async Task A_server_that_does_not_come_back_is_given_up_after_that_time()
    {
        await using var run = await TestRun.CreateAsync(server);
        var options = At(run, PostgresServer.FreePort(), TimeProvider.System) with { ConnectRetry = TimeSpan.FromSeconds(1) };

        var failure = await Assert.ThrowsAsync<ConnectionFailedException>(() => new Migrator(options).GetStatusAsync(TestContext.Current.CancellationToken));

        Assert.Contains("connection refused", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_database_is_told_at_once()
    {
        await using var run = await TestRun.CreateAsync(server);
        var waited = false;
        var address = new NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { Database = "nothing" };
        var options = At(run, address.Port, new Waits(() => waited = true)) with { ConnectionString = address.ConnectionString };

        await Assert.ThrowsAsync<ConnectionFailedException>(() => new Migrator(options).GetStatusAsync(TestContext.Current.CancellationToken));

        Assert.False(waited);
    }

    private static MigrationOptions At(TestRun run, int port, TimeProvider clock) => run.Options with
    {
        ConnectionString = new NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { Port = port }.ConnectionString,
        ConnectRetry = TimeSpan.FromMinutes(5),
        TimeProvider = clock,
    };

    /// <summary>Something happens when somebody begins to wait.</summary>
    private sealed class Waits(Action begun) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            begun();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
