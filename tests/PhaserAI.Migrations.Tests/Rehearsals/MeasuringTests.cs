using System.Text.Json;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Rehearsals;

/// <summary>What a rehearsal says of each statement is what the server does.</summary>
public sealed class MeasuringTests(PostgresServer server)
{
    private const string Slow = "CREATE FUNCTION slow(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF $1 = 'word 1' THEN PERFORM pg_sleep(0.3); END IF; RETURN $1; END $$;";

    private static readonly (string Sql, string Mode, bool IsRewritten, int Scans)[] Known =
    [
        ("ALTER TABLE words ALTER COLUMN id TYPE bigint", "ACCESS EXCLUSIVE", true, 2),
        ("ALTER TABLE words ADD COLUMN a text", "ACCESS EXCLUSIVE", false, 0),
        ("ALTER TABLE words ADD COLUMN b text DEFAULT 'none'", "ACCESS EXCLUSIVE", false, 0),
        ("ALTER TABLE words ADD COLUMN c timestamptz DEFAULT clock_timestamp()", "ACCESS EXCLUSIVE", true, 2),
        ("ALTER TABLE words ALTER COLUMN word TYPE text", "ACCESS EXCLUSIVE", false, 0),
        ("ALTER TABLE words ADD CHECK (id > 0)", "ACCESS EXCLUSIVE", false, 1),
        ("ALTER TABLE words ADD CONSTRAINT d CHECK (id > 0) NOT VALID", "ACCESS EXCLUSIVE", false, 0),
        ("CREATE INDEX i ON words (word)", "SHARE", false, 1),
        ("COMMENT ON TABLE words IS 'The lexicon'", "SHARE UPDATE EXCLUSIVE", false, 0),
        ("UPDATE words SET difficulty = 1 WHERE id = 7", "ROW EXCLUSIVE", false, 0),
    ];

    [Fact]
    public async Task Lock_rewrite_and_scan_are_told()
    {
        await using var run = await RehearsalRun.CreateAsync(server);
        for (var i = 0; i < Known.Length; i++)
            run.Folder.Write($"20250101_{i:000000}_m.sql", $"BEGIN;\n{Known[i].Sql};\nSELECT pg_sleep(0.05);\nCOMMIT;");

        var result = await run.Call().RunAsync("rehearse", "--on", "source", "--output", "json");

        var migrations = result.Json.GetProperty("migrations").EnumerateArray().ToArray();
        Assert.True(migrations.Length == Known.Length, result.ToString());
        foreach (var (i, (sql, mode, isRewritten, scans)) in Known.Index())
        {
            var statement = migrations[i].GetProperty("statements")[0];
            Assert.Equal(sql, statement.GetProperty("sql").GetString());
            var held = statement.GetProperty("locks")[0];
            Assert.True(held.GetProperty("relation").GetString() == "words" && held.GetProperty("mode").GetString() == mode, $"{sql}: {held}");
            Assert.True(held.GetProperty("heldMs").GetDouble() >= 50, $"{sql}: it is held until the transaction ends");
            var work = Words(statement);
            Assert.True(isRewritten == (work is { } rewritten && rewritten.GetProperty("rewritten").GetBoolean()), $"{sql}: {work}");
            Assert.True(scans == (work is { } scanned ? scanned.GetProperty("scans").GetInt32() : 0), $"{sql}: {work}");
        }

        Assert.Null(await run.CopiesAsync());
    }

    [Fact]
    public async Task Rows_and_bytes_are_counted()
    {
        await using var run = await RehearsalRun.CreateAsync(server);

        var (migration, _, _) = await run.RehearseAsync(
            "UPDATE words SET difficulty = 1;\nDELETE FROM words WHERE id <= 5;\nINSERT INTO words SELECT n FROM generate_series(1, 3) n;\nSET TRANSACTION READ WRITE;\nTRUNCATE words;", null);

        var statements = migration.GetProperty("statements").EnumerateArray().ToArray();
        Assert.Equal(20000, Words(statements[0])!.Value.GetProperty("updated").GetInt64());
        Assert.Equal(1, Words(statements[0])!.Value.GetProperty("scans").GetInt64());
        Assert.True(statements[0].GetProperty("walBytes").GetInt64() > 1_000_000);
        Assert.Equal(5, Words(statements[1])!.Value.GetProperty("deleted").GetInt64());
        Assert.Equal(3, Words(statements[2])!.Value.GetProperty("inserted").GetInt64());
        Assert.Contains("updates 20,000 rows of words in one transaction", migration.GetProperty("verdict").GetString(), StringComparison.Ordinal);
        Assert.Contains("empties words", migration.GetProperty("verdict").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Transaction_that_sets_its_isolation_is_measured_after_that()
    {
        await using var run = await RehearsalRun.CreateAsync(server);

        var (migration, _, result) = await run.RehearseAsync(
            "BEGIN;\nSET LOCAL work_mem = '8MB';\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nUPDATE words SET difficulty = 1;\nCOMMIT;", null);

        Assert.True(migration.ValueKind is JsonValueKind.Object, result.ToString());
        Assert.Equal(20000, Words(migration.GetProperty("statements")[2])!.Value.GetProperty("updated").GetInt64());
    }

    [Fact]
    public async Task Concurrent_index_build_keeps_nobody_out_and_is_seen_from_outside()
    {
        await using var run = await RehearsalRun.CreateAsync(server);
        await run.Database.ExecuteAsync(Slow);

        var (migration, _, result) = await run.RehearseAsync("CREATE INDEX CONCURRENTLY i ON words (slow(word));", "DROP INDEX i;");

        var statement = migration.GetProperty("statements")[0];
        Assert.False(statement.GetProperty("transaction").GetBoolean());
        var held = Assert.Single(statement.GetProperty("locks").EnumerateArray(), held => held.GetProperty("relation").GetString() == "words");
        Assert.True(held.GetProperty("mode").GetString() == "SHARE UPDATE EXCLUSIVE", result.ToString());
        Assert.True(held.GetProperty("heldMs").GetDouble() is >= 250 and < 60_000);
        Assert.StartsWith("reads words (20,000 rows,", migration.GetProperty("verdict").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, result.Code);
    }

    [Fact]
    public async Task Rows_that_a_block_commits_itself_are_counted()
    {
        await using var run = await RehearsalRun.CreateAsync(server);

        var (migration, _, result) = await run.RehearseAsync(
            """
            DO $$ BEGIN
              FOR i IN 0..3 LOOP
                UPDATE words SET difficulty = 1 WHERE id > i * 5000 AND id <= (i + 1) * 5000;
                COMMIT;
              END LOOP;
            END $$;
            """,
            null);

        var work = Words(migration.GetProperty("statements")[0]);
        Assert.True(work?.GetProperty("updated").GetInt64() == 20000, result.ToString());
    }

    [Theory]
    [InlineData("REINDEX TABLE words", "SHARE", true)]
    [InlineData("REINDEX INDEX CONCURRENTLY words_pkey", "SHARE UPDATE EXCLUSIVE", true)]
    [InlineData("VACUUM FULL words", "ACCESS EXCLUSIVE", true)]
    public async Task Rebuilt_index_is_told(string sql, string mode, bool isRewritten)
    {
        await using var run = await RehearsalRun.CreateAsync(server);
        await run.Database.ExecuteAsync("INSERT INTO words SELECT n, 'word ' || n FROM generate_series(20001, 100000) n");
        await run.Database.ExecuteAsync($"{Slow} CREATE INDEX slowly ON words (slow(word))"); // long enough to be looked at

        var (migration, _, result) = await run.RehearseAsync($"{sql};", null);

        var statement = migration.GetProperty("statements")[0];
        Assert.True(statement.GetProperty("tables").EnumerateArray().Any(work => work.GetProperty("relation").GetString() == "words_pkey" && work.GetProperty("rewritten").GetBoolean() == isRewritten), result.ToString());
        Assert.Contains(statement.GetProperty("locks").EnumerateArray(), held => held.GetProperty("relation").GetString() == "words" && held.GetProperty("mode").GetString() == mode);
    }

    [Fact]
    public async Task Lock_that_is_held_for_too_long_is_a_finding()
    {
        await using var run = await RehearsalRun.CreateAsync(server);

        var (migration, _, result) = await run.RehearseAsync("ALTER TABLE words ALTER COLUMN id TYPE bigint;\nSELECT pg_sleep(0.1);", "ALTER TABLE words ALTER COLUMN id TYPE int;", "--max-lock", "50ms");

        Assert.True(result.Code == 8, result.ToString());
        Assert.True(migration.GetProperty("statements")[0].GetProperty("locks")[0].GetProperty("tooLong").GetBoolean());
        var text = await run.Call().RunAsync("rehearse", "--on", "source", "--max-lock", "50ms");
        Assert.Equal(2, text.Out.Split("lock:").Length); // and not one for each of its indexes
        Assert.StartsWith("locks words against reads and writes for", migration.GetProperty("verdict").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_that_the_migration_makes_itself_are_nobody_s_concern()
    {
        await using var run = await RehearsalRun.CreateAsync(server);

        var (migration, _, result) = await run.RehearseAsync("CREATE TABLE notes (id int PRIMARY KEY);\nALTER TABLE notes ADD COLUMN note text;", "DROP TABLE notes;");

        Assert.All(migration.GetProperty("statements").EnumerateArray(), statement => Assert.Empty(statement.GetProperty("locks").EnumerateArray()));
        Assert.StartsWith("keeps nobody out", migration.GetProperty("verdict").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, result.Code);
    }

    private static JsonElement? Words(JsonElement statement) => statement.GetProperty("tables").EnumerateArray()
        .Where(work => work.GetProperty("relation").GetString() == "words").Select(work => (JsonElement?)work).SingleOrDefault();
}
