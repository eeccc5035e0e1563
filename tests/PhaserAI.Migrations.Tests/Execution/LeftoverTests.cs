using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>What an interrupted statement with CONCURRENTLY leaves is cleared away when it is provably its own, and else told.</summary>
public sealed class LeftoverTests(PostgresServer server)
{
    private const string Invalid = "select string_agg(indexrelid::regclass::text, ' ' order by indexrelid::regclass::text) from pg_index where not indisvalid";
    private const string Valid = "select string_agg(indexrelid::regclass::text, ' ' order by indexrelid::regclass::text) from pg_index where indisvalid and indrelid = 't'::regclass";

    [Fact]
    public async Task An_invalid_index_of_that_name_with_another_definition_is_left_alone_and_told()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int, m int); INSERT INTO t VALUES (1), (1)");
        run.Folder.Write("20250101_000001_a.sql", "CREATE UNIQUE INDEX CONCURRENTLY i ON t (n);");
        await run.UpAsync();
        run.Folder.Write("20250101_000001_a.sql", "\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (n, m);");

        var report = await run.UpAsync();

        Assert.Equal(2, report.Failure?.Line);
        Assert.Contains("public.i exists and is INVALID, but it is another index than this statement says", report.Failure?.Message, StringComparison.Ordinal);
        Assert.Contains("DROP INDEX CONCURRENTLY public.i;", report.Failure?.Hint, StringComparison.Ordinal);
        Assert.Equal("i", await run.Database.AskAsync(Invalid));
        Assert.Null(await run.HistoryAsync());
    }

    [Theory]
    [InlineData("CREATE UNIQUE INDEX CONCURRENTLY ON t (n)", "t_n_idx")]
    [InlineData("CREATE UNIQUE INDEX CONCURRENTLY ON ONLY (t) (n DESC, lower(\"Wei rd\") COLLATE \"C\" text_pattern_ops) INCLUDE (m) WITH (fillfactor = 70) WHERE t.n > 0", "t_n_lower_m_idx")]
    [InlineData("create unique index concurrently \"Long name, which the server cuts at 63 bytes: äöü äöü äöü äöü äöü\" on t * using btree (n)", "\"Long name, which the server cuts at 63 bytes: äöü äöü ä\"")]
    public async Task What_a_failed_build_left_is_known_by_its_definition(string create, string name)
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("""
            CREATE TABLE t (gone int, n int, m int, "Wei rd" text);
            ALTER TABLE t DROP COLUMN gone;
            INSERT INTO t VALUES (1, 2, 'a'), (1, 2, 'a');
            CREATE TABLE other (n int);
            INSERT INTO other VALUES (1), (1);
            """);
        run.Folder.Write("20250101_000001_a.sql", create + ";");
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => run.Database.ExecuteAsync("CREATE UNIQUE INDEX CONCURRENTLY theirs ON t (n)"));
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => run.Database.ExecuteAsync("CREATE UNIQUE INDEX CONCURRENTLY ON other (n)"));

        Assert.Equal("23505", (await run.UpAsync()).Failure?.SqlState);
        await run.Database.ExecuteAsync("DELETE FROM t");
        var healed = await run.UpAsync();

        Assert.True(healed.Succeeded, healed.Failure?.ToString());
        Assert.Equal("public." + name, Assert.Single(run.Events.OfType<InvalidIndexDropped>()).Name);
        Assert.Equal("other_n_idx theirs", await run.Database.AskAsync(Invalid));
        Assert.Equal(name, await run.Database.AskAsync(Valid));
    }

    [Fact]
    public async Task An_index_that_was_there_before_is_refused_each_time()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int); CREATE INDEX i ON t (n)");
        run.Folder.Write("20250101_000001_a.sql", "CREATE INDEX CONCURRENTLY i ON t (n);");

        Assert.Equal("42P07", (await run.UpAsync()).Failure?.SqlState);
        Assert.Equal("42P07", (await run.UpAsync()).Failure?.SqlState);
        Assert.Equal("0", await run.Database.AskAsync("select count(*) from schema_migrations_checkpoint"));
    }

    [Theory]
    [InlineData("REINDEX INDEX CONCURRENTLY i")]
    [InlineData("REINDEX (VERBOSE) TABLE CONCURRENTLY t")]
    [InlineData("REINDEX (CONCURRENTLY) SCHEMA public")]
    [InlineData("REINDEX DATABASE CONCURRENTLY {0}")]
    public async Task What_a_failed_reindex_left_is_dropped(string reindex)
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("""
            CREATE TABLE broken (); CREATE TABLE t (n int); INSERT INTO t VALUES (1);
            CREATE FUNCTION f(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql SET search_path = public AS $$
              BEGIN IF EXISTS (SELECT FROM broken) THEN RAISE 'broken'; END IF; RETURN n; END $$;
            CREATE INDEX i ON t (f(n)) WITH (fillfactor = 50);
            INSERT INTO broken DEFAULT VALUES;
            """);
        run.Folder.Write("20250101_000001_a.sql", string.Format(System.Globalization.CultureInfo.InvariantCulture, reindex, run.Database.Address.Database) + ";");

        Assert.Equal("broken", (await run.UpAsync()).Failure?.Message);
        Assert.Equal("broken", (await run.UpAsync()).Failure?.Message);
        Assert.Equal("i_ccnew", await run.Database.AskAsync(Invalid));
        await run.Database.ExecuteAsync("DELETE FROM broken");
        var healed = await run.UpAsync();

        Assert.True(healed.Succeeded, healed.Failure?.ToString());
        Assert.Equal("public.i_ccnew", run.Events.OfType<InvalidIndexDropped>().Last().Name);
        Assert.Null(await run.Database.AskAsync(Invalid));
        Assert.Equal("i", await run.Database.AskAsync(Valid));
    }

    [Fact]
    public async Task Leftovers_of_other_tables_stay()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("""
            CREATE TABLE t (n int); CREATE INDEX i ON t (n);
            CREATE TABLE other (n int); INSERT INTO other VALUES (1), (1);
            """);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => run.Database.ExecuteAsync("CREATE UNIQUE INDEX CONCURRENTLY i_ccnew ON other (n)"));
        run.Folder.Write("20250101_000001_a.sql", "REINDEX TABLE CONCURRENTLY t;");

        Assert.True((await run.UpAsync()).Succeeded);

        Assert.Equal("i_ccnew", await run.Database.AskAsync(Invalid));
    }

    [Fact]
    public async Task A_reindex_makes_an_invalid_index_valid()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (1)");
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => run.Database.ExecuteAsync("CREATE UNIQUE INDEX CONCURRENTLY i ON t (n)"));
        await run.Database.ExecuteAsync("DELETE FROM t");
        run.Folder.Write("20250101_000001_a.sql", "REINDEX INDEX CONCURRENTLY i;");

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Null(await run.Database.AskAsync(Invalid));
    }

    [Fact]
    public async Task A_partition_left_half_detached_is_detached()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE SCHEMA s; CREATE TABLE s.p (n int) PARTITION BY LIST (n); CREATE TABLE s.\"P1\" PARTITION OF s.p FOR VALUES IN (1)");
        run.Folder.Write("20250101_000001_a.sql", "ALTER TABLE IF EXISTS s.p DETACH PARTITION s.\"P1\" CONCURRENTLY;");
        await using (var reader = await run.Database.OpenAsync())
        {
            await using var transaction = await reader.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using (var read = new Npgsql.NpgsqlCommand("select * from s.p", reader))
                await read.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            using var cancellation = new CancellationTokenSource();
            var up = Task.Run(() => run.UpAsync(cancellation.Token));
            await run.Database.WaitForAsync("select count(*) > 0 from pg_inherits where inhdetachpending");
            await cancellation.CancelAsync();
            Assert.True((await up).Failure?.Cancelled);
        }

        var healed = await run.UpAsync();

        Assert.True(healed.Succeeded, healed.Failure?.ToString());
        Assert.Equal(("s.p", "s.P1"), (Assert.Single(run.Events.OfType<DetachFinalized>()).Table, run.Events.OfType<DetachFinalized>().Single().Partition));
        Assert.Equal("0", await run.Database.AskAsync("select count(*) from pg_inherits"));
    }
}
