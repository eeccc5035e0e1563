using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>COPY … FROM stdin with its data in the script.</summary>
public sealed class CopyTests(PostgresServer server)
{
    private const string Table = "CREATE TABLE t (a int, b text);\n";

    [Theory]
    [InlineData("COPY t FROM stdin;\n1\tone\n2\t\\N\n3\ta\\tb\\\\\n\\.\n", "1:one|2:NULL|3:a\tb\\")]
    [InlineData("COPY t (b, a) FROM stdin WITH (FORMAT csv, HEADER, DELIMITER ';');\nb;a\n\"x;\n\"\"y\"\"\";1\n;2\n\\.\n", "1:x;\n\"y\"|2:NULL")]
    [InlineData("-- why\n/* this */ copy t from stdin csv;\r\n1,é日😀\r\n\\.\r\n", "1:é日😀")]
    [InlineData("COPY t FROM stdin;\n\\.\n", null)]
    [InlineData("COPY public.t FROM STDIN (FORMAT text, NULL '') WHERE a > 1; -- the rest is data\n1\t;\n2\t'--\n3\t$$ BEGIN;\n\\.\n", "2:'--|3:$$ BEGIN;")]
    public async Task Data_are_what_psql_would_copy(string copy, string? rows)
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", Table + copy + "INSERT INTO t SELECT 9, count(*)::text FROM t;\n");

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, $"{report.Failure}{string.Join('\n', report.Plan.Problems)}");
        const string Rows = "select string_agg(a || ':' || coalesce(b, 'NULL'), '|' order by a) from t where a < 9";
        Assert.Equal(rows, await run.Database.AskAsync(Rows));
        var count = (rows?.Split('|').Length ?? 0).ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(count, await run.Database.AskAsync("select b from t where a = 9"));
    }

    [Theory]
    [InlineData("COPY t FROM stdin;\n1\tx\ntwo\ty\n\\.\n", 4, "22P02")]
    [InlineData("COPY t FROM stdin;\n1\tx\\\ny\n2\tz\nthree\tx\n\\.\n", 6, "22P02")]
    [InlineData("COPY t FROM stdin (FORMAT csv);\n1,\"x\n\ny\"\n2,\"y\nz\"\n3,z,z\n\\.\n", 8, "22P04")]
    [InlineData("ALTER TABLE t ADD UNIQUE (a);\n\nCOPY public.\"t\" FROM stdin;\n1\tx\n1\ty\n\\.\n", 6, "23505")]
    [InlineData("COPY t FROM stdin;\n1\n\\.\n", 3, "22P04")]
    [InlineData("COPY t (nope) FROM stdin;\n1\n\\.\n", 2, "42703")]
    [InlineData("COPY t\n  FROM stdin WITH (FORMAT nope);\n1\n\\.\n", 3, "22023")]
    public async Task What_the_server_refuses_is_shown_at_its_line(string copy, int line, string state)
    {
        await using var run = await TestRun.CreateAsync(server);
        var script = Table + copy;
        run.Folder.Write("20250101_000001_a.sql", script);

        var failure = (await run.UpAsync()).Failure;

        Assert.NotNull(failure);
        Assert.Equal((line, state), (failure.Line, failure.SqlState));
        Assert.Equal(script.Split('\n')[line - 1], failure.Excerpt);
        Assert.Null(await run.Database.AskAsync("select to_regclass('t')"));
        Assert.Null(await run.HistoryAsync());
    }

    [Fact]
    public async Task Outside_of_a_transaction_it_is_all_or_nothing_too()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "-- Transaction: none\n" + Table + "COPY t FROM stdin;\n1\tx\ntwo\ty\n\\.\n");

        Assert.Equal(5, (await run.UpAsync()).Failure?.Line);
        Assert.Equal("0", await run.Database.AskAsync("select count(*) from t"));

        run.Folder.Write("20250101_000001_a.sql", "-- Transaction: none\n" + Table + "COPY t FROM stdin;\n1\tx\n2\ty\n\\.\n");
        Assert.True((await run.UpAsync()).Succeeded);
        Assert.Equal("2", await run.Database.AskAsync("select count(*) from t"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-- Transaction: none\n")]
    public async Task Cancelled_while_the_server_is_busy_with_the_data_it_leaves_no_row(string header)
    {
        await using var run = await TestRun.CreateAsync(server);
        var rows = string.Concat(Enumerable.Range(1, 100_000).Select(i => $"{i}\tthe quick brown fox jumps over the lazy dog\n"));
        run.Folder.Write("20250101_000001_a.sql", header + Table + """
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE NOTICE 'now'; PERFORM pg_sleep(600); RETURN NEW; END $$;
            CREATE TRIGGER slow BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION slow();
            COPY t FROM stdin;

            """ + rows + "\\.\n");
        using var cancellation = new CancellationTokenSource();

        var up = run.UpAsync(cancellation.Token);
        await run.Database.WaitForAsync("select exists (select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep')");
        await cancellation.CancelAsync();
        var report = await up;

        Assert.True(report.Failure?.Cancelled);
        Assert.NotNull(report.Status);
        Assert.Equal(header.Length > 0 ? "t" : null, await run.Database.AskAsync("select to_regclass('t')"));
        if (header.Length > 0)
            Assert.Equal("0", await run.Database.AskAsync("select count(*) from t"));
    }

    [Fact]
    public async Task A_locked_table_is_waited_for_and_the_data_are_sent_again()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", Table);
        Assert.True((await run.UpAsync()).Succeeded);
        run.Folder.Write("20250101_000002_b.sql", "INSERT INTO t VALUES (0, '');\nCOPY t FROM stdin;\n1\tx\n\\.\n");
        await using var other = await run.Database.OpenAsync();
        var held = await other.BeginTransactionAsync();
        await using (var lockTable = new Npgsql.NpgsqlCommand("LOCK TABLE t IN SHARE MODE", other, held))
            await lockTable.ExecuteNonQueryAsync();
        run.OnEvent = happened =>
        {
            if (happened is MigrationRetried)
                held.Rollback();
        };

        Assert.True((await run.UpAsync(run.Options with { LockTimeout = TimeSpan.FromMilliseconds(100) })).Succeeded);
        Assert.Equal("2", await run.Database.AskAsync("select count(*) from t"));
    }

    [Fact]
    public async Task A_commented_out_DOWN_may_copy_and_its_stored_text_too()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000000_t.sql", Table + "INSERT INTO t VALUES (1, 'it''s');\n");
        var file = run.Folder.Write("20250101_000001_a.sql", """
            DELETE FROM t;

            -- DOWN:
            -- COPY t FROM stdin;
            -- 1	it's
            -- 2	-- --
            -- \.
            -- ALTER TABLE t ADD c int;

            """);
        Assert.True((await run.UpAsync()).Succeeded);
        var stored = File.ReadAllText(file);
        File.Delete(file);
        Assert.True((await run.DownAsync()).Succeeded);
        Assert.Equal("1it's2-- --", await run.Database.AskAsync("select string_agg(a || b, '' order by a) from t"));

        await run.Database.ExecuteAsync("ALTER TABLE t DROP c");
        run.Folder.Write("20250101_000001_a.sql", stored.Replace("-- 2\t", "-- two\t", StringComparison.Ordinal));
        Assert.True((await run.UpAsync()).Succeeded);
        var failure = (await run.DownAsync()).Failure;
        Assert.Equal((6, 4), (failure?.Line, failure?.Column));
        Assert.Equal("-- two\t-- --", failure?.Excerpt);
    }

    [Fact]
    public async Task Large_data_are_sent_from_the_file_and_an_error_in_them_is_shown_at_its_line()
    {
        await using var run = await TestRun.CreateAsync(server);
        var rows = Enumerable.Range(1, 300_000).Select(i => $"{i}\tthe quick brown fox jumps over {i}\n").ToArray();
        rows[200_000] = "200001\ta line\\\nand another\n";
        run.Folder.Write("20250101_000001_a.sql", Table + "COPY t FROM stdin;\n" + string.Concat(rows) + "\\.\n-- DOWN:\n-- DROP TABLE t;\n");
        Assert.True((await run.UpAsync()).Succeeded);
        Assert.Equal("300000 45000150000", await run.Database.AskAsync("select count(*) || ' ' || sum(a) from t"));
        Assert.Equal("t", await run.Database.AskAsync("select up_sql is null from schema_migrations_detail"));
        Assert.True((await run.DownAsync()).Succeeded);

        rows[250_000] = "no number\tx\n";
        run.Folder.Write("20250101_000001_a.sql", Table + "COPY t FROM stdin;\n" + string.Concat(rows) + "\\.\nSELECT 1;\n");
        var failure = (await run.UpAsync()).Failure;
        Assert.Equal((250_004, 1, "no number\tx"), (failure?.Line, failure?.Column, failure?.Excerpt));

        rows[250_000] = "250001\tx\n";
        run.Folder.Write("20250101_000001_a.sql", Table + "COPY t FROM stdin;\n" + string.Concat(rows) + "\\.\nSELECT nope;\n");
        Assert.Equal(300_005, (await run.UpAsync()).Failure?.Line);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-- Transaction: none\n")]
    public async Task Large_data_that_change_between_plan_and_run_are_not_kept(string header)
    {
        await using var run = await TestRun.CreateAsync(server);
        var data = string.Concat(Enumerable.Range(1, 300_000).Select(i => $"{i}\tthe quick brown fox jumps over {i}\n"));
        var script = header + Table + "COPY t FROM stdin;\n" + data + "\\.\n";
        var file = run.Folder.Write("20250101_000001_a.sql", script);

        var report = await run.UpAsync(run.Options with
        {
            Approve = async (_, token) =>
            {
                await File.WriteAllTextAsync(file, script.Replace("300000\tthe quick", "300000\tthe QUICK", StringComparison.Ordinal), token);
                return null;
            },
        });

        Assert.Equal(("the data of this COPY have changed since the script was read", header.Length > 0 ? 3 : 2), (report.Failure?.Message, report.Failure?.Line));
        Assert.Equal(header.Length > 0 ? "t" : null, await run.Database.AskAsync("select to_regclass('t')"));
        if (header.Length > 0)
            Assert.Equal("0", await run.Database.AskAsync("select count(*) from t"));
        Assert.True((await run.UpAsync()).Succeeded);
        Assert.Equal("300000", await run.Database.AskAsync("select count(*) from t"));
    }

    [Theory]
    [InlineData("COPY t FROM stdin (FORMAT binary);\nx\n\\.\n", "binary data can't stand in a script")]
    [InlineData("COPY BINARY t FROM stdin;\nx\n\\.\n", "binary data can't stand in a script")]
    [InlineData("COPY t FROM stdin WITH (FORMAT 'text', ENCODING 'LATIN1');\nx\n\\.\n", "read it as LATIN1")]
    [InlineData("COPY t TO stdout;\n", "COPY … TO STDOUT would send rows")]
    [InlineData("COPY t FROM stdin;\n1\tx\n", "never end")]
    public async Task What_can_not_work_is_refused_before_anything_runs(string copy, string problem)
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", Table + copy);

        var found = Assert.Single((await run.UpAsync()).Plan.Problems);

        Assert.Contains(problem, found.Message, StringComparison.Ordinal);
        Assert.Equal(2, found.Line);
    }

    [Fact]
    public async Task A_password_behind_the_data_is_masked_in_the_stored_text()
    {
        await using var run = await TestRun.CreateAsync(server);
        var role = "r" + Guid.NewGuid().ToString("N");
        run.Folder.Write("20250101_000001_a.sql", Table + $"COPY t FROM stdin;\n1\tit's\n\\.\nCREATE ROLE {role} PASSWORD 'sesame';\nDROP ROLE {role};\n");

        Assert.True((await run.UpAsync()).Succeeded);

        var stored = await run.Database.AskAsync("select up_sql from schema_migrations_detail");
        Assert.Contains("it's", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", stored, StringComparison.Ordinal);
    }
}
