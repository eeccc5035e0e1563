using System.Text;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>Files that nobody means to write are refused with their place, or run; they never hang or crash a run.</summary>
public sealed class HostileFilesTests(PostgresServer server)
{
    [Theory]
    [InlineData("SELECT 1;\nSELECT '\0';\n", 2, 9, "zero byte")]
    [InlineData("SELECT 1;\n  SELECT 'open;\n", 2, 10, "never ends")]
    [InlineData("SELECT 1;\nSELECT $x$ open;\n", 2, 8, "never ends")]
    [InlineData("/* open\nSELECT 1;\n", 1, 1, "never ends")]
    [InlineData("SELECT (1;\n", 1, 8, "never closed")]
    [InlineData("SELECT 1;\nCOPY t FROM stdin;\n1\n", 2, 1, "never end")]
    public async Task A_file_that_can_not_be_read_is_refused_at_its_place(string text, int line, int column, string message)
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_good.sql", "CREATE TABLE good ();");
        run.Folder.Write("20250101_000002_bad.sql", text);

        var problem = Assert.Single((await run.UpAsync()).Plan.Problems);

        Assert.Equal((line, column), (problem.Line, problem.Column));
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.Null(await run.Database.AskAsync("select to_regclass('good')"));
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF8_are_refused_also_in_data()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", [.. "CREATE TABLE t (a text);\nCOPY t FROM stdin;\nna"u8, 0xEF, .. "ve\n\\.\n"u8]);

        var problem = Assert.Single((await run.UpAsync()).Plan.Problems);

        Assert.Equal((3, 3), (problem.Line, problem.Column));
    }

    [Fact]
    public async Task A_line_of_a_megabyte_runs_and_an_error_at_its_end_has_its_column()
    {
        await using var run = await TestRun.CreateAsync(server);
        var padding = new string('é', 1_000_000);
        run.Folder.Write("20250101_000001_a.sql", $"CREATE TABLE t AS SELECT '{padding}' AS a;");
        run.Folder.Write("20250101_000002_b.sql", $"SELECT '{padding}', nope;");

        var failure = (await run.UpAsync()).Failure;

        Assert.Equal(("20250101_000002", 1, 1_000_012), (failure?.Version, failure?.Line, failure?.Column));
        Assert.Equal("1000000", await run.Database.AskAsync("select length(a) from t"));
    }

    [Fact]
    public async Task Five_thousand_files_are_planned()
    {
        await using var run = await TestRun.CreateAsync(server);
        for (var i = 0; i < 5_000; i++)
            run.Folder.Write($"20250101_{i:000000}_m{i}.sql", $"-- Description: number {i}\n-- UP:\nCREATE TABLE t{i} ();\n-- DOWN:\n-- DROP TABLE t{i};\n");

        var plan = await new Migrator(run.Options).PlanUpAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.Empty(plan.Problems);
        Assert.Equal(5_000, plan.Migrations.Length);
    }

    [Fact]
    public async Task A_huge_value_is_shown_in_part()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "SELECT repeat('x', 20000000) AS x, 1 AS y, NULL AS z, repeat('😀', 3999) || 'é' AS w;\nSELECT 2;\n");

        Assert.True((await run.UpAsync()).Succeeded);

        var shown = run.Events.OfType<RowsReturned>().ToArray();
        Assert.Equal([new string('x', 4_000) + "…", "1", null], shown[0].Rows[0].Take(3));
        Assert.Equal(Enumerable.Repeat(new Rune(0x1F600), 2_000).Append(new Rune('…')), shown[0].Rows[0][3]!.EnumerateRunes());
        Assert.Equal("2", shown[1].Rows[0][0]);
    }
}
