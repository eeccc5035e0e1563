using System.Globalization;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>
/// A runner killed with SIGKILL at whatever moment and started again ends where an undisturbed one does. Ten moments spread
/// over the run are tried, and those right after a concurrent statement was sent; MIGRATE_TEST_KILLS=100 tries that many at random, half of them with a second kill.
/// </summary>
public sealed class KilledAnywhereTests(PostgresServer server)
{
    private const int Moments = 10;

    private static readonly int Kills =
        Environment.GetEnvironmentVariable("MIGRATE_TEST_KILLS") is { Length: > 0 } count ? int.Parse(count, CultureInfo.InvariantCulture) : 0;

    [Fact]
    public async Task Killed_when_a_concurrent_statement_was_just_sent_it_ends_in_the_same_schema()
    {
        var (undisturbed, packets) = await RunAsync([], "CONCURRENTLY");
        Assert.True(packets >= 4, $"only {packets} packets were counted");
        for (var packet = 1; packet <= packets; packet++)
            await RequireSameAsync([packet], undisturbed, "CONCURRENTLY");
    }

    [Fact]
    public async Task Killed_and_started_again_it_ends_in_the_same_schema()
    {
        var (undisturbed, length) = await RunAsync([]);
        Assert.True(length > 50, $"only {length} messages were counted");
        if (Kills == 0)
        {
            for (var i = 1; i <= Moments; i++)
                await RequireSameAsync([1 + (length - 1) * i / Moments], undisturbed);
            return;
        }

        var random = new Random();
        for (var i = 0; i < Kills; i++)
            await RequireSameAsync(random.Next(2) == 0 ? [random.Next(1, length)] : [random.Next(1, length), random.Next(1, length)], undisturbed);
    }

    private async Task RequireSameAsync(int[] moments, string undisturbed, string? text = null)
    {
        var (outcome, _) = await RunAsync(moments, text);
        Assert.True(outcome == undisturbed, $"killed at {string.Join(" and ", moments)} it ended differently:\n{outcome}");
    }

    /// <summary>Starts the tool, kills it at each moment and starts it again, and once more without; what came of it, and how long a run is.</summary>
    private async Task<(string Outcome, int Length)> RunAsync(int[] moments, string? text = null)
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_runs.sql", "CREATE TABLE runs (n int);");
        run.Folder.Write("20250101_000002_groups.sql", """
            BEGIN;
            CREATE TABLE a (n int, m int);
            INSERT INTO a SELECT i, i FROM generate_series(1, 2000) i;
            INSERT INTO runs VALUES (1);
            COMMIT;
            CREATE INDEX CONCURRENTLY a_n ON a (n);
            BEGIN;
            SET search_path = public;
            ALTER TABLE a ADD COLUMN o int DEFAULT 1;
            INSERT INTO runs VALUES (2);
            COMMIT;
            CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "A m" ON a (m) WHERE m > 0;
            CREATE INDEX CONCURRENTLY ON a (lower(o::text));
            BEGIN;
            CREATE VIEW v AS SELECT n FROM a;
            INSERT INTO runs VALUES (3);
            COMMIT;
            DROP INDEX CONCURRENTLY a_n;
            """);
        run.Folder.Write("20250101_000003_last.sql", "INSERT INTO runs VALUES (4);");

        var length = 0;
        foreach (var moment in moments.Append(int.MaxValue))
        {
            await using var proxy = new StoppingProxy(server, run.Database, moment, text);
            using var cli = CliProcess.Start(run.Folder, proxy.Through(), "up");
            proxy.Stop = cli.Kill;
            var result = await cli.WaitAsync();
            Assert.True(result.Code == 0 || proxy.Count >= moment, result.ToString());
            length = proxy.Count;
        }

        var facts = await run.Database.AskAsync("""
            select format('runs %s, history %s, checkpoints %s, invalid %s, rows %s',
              (select string_agg(n::text, ' ' order by n) from runs), (select count(*) from schema_migrations),
              (select count(*) from schema_migrations_checkpoint), (select count(*) from pg_index where not indisvalid), (select count(*) from a))
            """);
        return ($"{facts}\n{await run.Database.DumpSchemaAsync()}", length);
    }
}
