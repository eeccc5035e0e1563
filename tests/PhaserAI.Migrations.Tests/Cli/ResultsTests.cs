using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>What a script says is shown: its notices, and the rows of its queries.</summary>
public sealed class ResultsTests(PostgresServer server)
{
    private const string Script = """
        CREATE TYPE mood AS ENUM ('ok', '日本');
        SELECT '日本'::mood AS m, interval '1 day' AS i, 12345678901234567890.5::numeric AS n, NULL AS nix, 'a' || chr(10) || 'b' AS lines, ROW(1, 'x') AS r;
        DO $$ BEGIN RAISE NOTICE 'first % of %', 1, 2; RAISE WARNING 'careful'; END $$;
        SELECT pg_advisory_xact_lock(1);
        SHOW server_encoding;
        EXPLAIN SELECT 1;
        SELECT g FROM generate_series(1, 250) g;
        CREATE TABLE t (a int);
        INSERT INTO t VALUES (7) RETURNING a AS inserted;
        SELECT 1 AS one WHERE false;
        VACUUM t;
        SELECT 'after' AS autocommit;
        """;

    [Fact]
    public async Task As_text()
    {
        var result = await UpAsync();
        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains("""
            m    | i     | n                      | nix | lines | r
            -----+-------+------------------------+-----+-------+------
            日本 | 1 day | 12345678901234567890.5 |     | a b   | (1,x)
            (1 row)
            """, result.Out, StringComparison.Ordinal);
        Assert.Contains("server_encoding\n---------------\nUTF8\n(1 row)\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("QUERY PLAN\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("\n100\n(250 rows, the first 100 shown)\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("inserted\n--------\n7\n(1 row)\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("one\n---\n(0 rows)\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("autocommit\n----------\nafter\n(1 row)\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("NOTICE: first 1 of 2\nWARNING: careful\n", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_JSON()
    {
        var result = await UpAsync("--output", "json");
        Assert.True(result.Code == 0, result.ToString());
        Assert.Empty(result.Error);
        var results = result.Json.GetProperty("results").EnumerateArray().ToArray();
        Assert.Equal(8, results.Length);
        Assert.All(results, rows => Assert.Equal("20250101_000000", rows.GetProperty("version").GetString()));
        Assert.Equal(["m", "i", "n", "nix", "lines", "r"], results[0].GetProperty("columns").EnumerateArray().Select(column => column.GetString()));
        Assert.Equal(
            ["日本", "1 day", "12345678901234567890.5", null, "a\nb", "(1,x)"],
            results[0].GetProperty("rows")[0].EnumerateArray().Select(value => value.GetString()));
        Assert.Equal((100, 250), (results[4].GetProperty("rows").GetArrayLength(), results[4].GetProperty("rowCount").GetInt32()));

        var notices = result.Json.GetProperty("notices").EnumerateArray().Select(notice =>
            (notice.GetProperty("version").GetString(), notice.GetProperty("severity").GetString(), notice.GetProperty("message").GetString()));
        Assert.Equal([("20250101_000000", "NOTICE", "first 1 of 2"), ("20250101_000000", "WARNING", "careful")], notices);
    }

    private async Task<CliResult> UpAsync(params string[] args)
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000000_a.sql", Script);
        return await new CliRunner(folder, database).RunAsync(["up", .. args]);
    }
}
