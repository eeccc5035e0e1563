using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>A plan says what data it destroys, and how much, before anything runs.</summary>
public sealed class DataLossTests(PostgresServer server) : IAsyncLifetime
{
    private const string Content = """
        CREATE SCHEMA archive;
        CREATE TYPE mood AS ENUM ('good', 'bad');
        CREATE TABLE words (id int PRIMARY KEY, word text, difficulty int, felt mood);
        CREATE TABLE notes (word_id int REFERENCES words ON DELETE CASCADE, note text);
        CREATE TABLE empty ();
        CREATE TABLE archive.words (id int);
        CREATE TABLE "Odd Name" ("The Value" int);
        CREATE SEQUENCE numbers;
        CREATE MATERIALIZED VIEW known AS SELECT 1 one;
        CREATE VIEW easy AS SELECT * FROM words WHERE difficulty = 1;
        CREATE TABLE parts (id int) PARTITION BY RANGE (id);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
        INSERT INTO words SELECT n, 'w' || n, CASE WHEN n <= 40 THEN n END, CASE WHEN n <= 5 THEN 'good'::mood END FROM generate_series(1, 1200) n;
        INSERT INTO notes SELECT n, 'n' FROM generate_series(1, 7) n;
        INSERT INTO archive.words VALUES (1), (2);
        INSERT INTO "Odd Name" VALUES (1);
        INSERT INTO parts SELECT generate_series(1, 9);
        """;

    private TestRun? _run;

    public async ValueTask InitializeAsync()
    {
        _run = await TestRun.CreateAsync(server);
        await _run.Database.ExecuteAsync(Content);
    }

    [Theory]
    [InlineData("DROP TABLE words CASCADE", "destroys table words, 1,200 rows, SIZE, and what depends on it")]
    [InlineData("DROP TABLE IF EXISTS public.words, archive.words CASCADE", "destroys table words, 1,200 rows, SIZE, and what depends on it", "destroys table archive.words, 2 rows, SIZE, and what depends on it")]
    [InlineData("DROP TABLE \"Odd Name\"", "destroys table Odd Name, 1 row, SIZE")]
    [InlineData("DROP TABLE IF EXISTS nowhere")]
    [InlineData("DROP TABLE empty")]
    [InlineData("DROP TABLE parts", "destroys table parts, 9 rows, SIZE")]
    [InlineData("DROP VIEW easy")]
    [InlineData("DROP INDEX words_pkey")]
    [InlineData("DROP MATERIALIZED VIEW known", "destroys materialized view known, 1 row, SIZE")]
    [InlineData("DROP SEQUENCE numbers CASCADE", "destroys sequence numbers, and what depends on it")]
    [InlineData("DROP SCHEMA archive CASCADE", "destroys table archive.words, 2 rows, SIZE, and what depends on it")]
    [InlineData("DROP SCHEMA archive")]
    [InlineData("DROP TYPE mood CASCADE", "destroys column words.felt, 5 rows, and what depends on it")]
    [InlineData("ALTER TABLE words DROP COLUMN difficulty", "destroys column words.difficulty, 40 rows")]
    [InlineData("ALTER TABLE IF EXISTS ONLY words ADD COLUMN x int DEFAULT greatest(1, 2), DROP IF EXISTS word CASCADE, DROP CONSTRAINT words_pkey, ALTER difficulty DROP DEFAULT, DROP nowhere", "destroys column words.word, 1,200 rows, and what depends on it")]
    [InlineData("ALTER TABLE \"Odd Name\" DROP \"The Value\"", "destroys column Odd Name.The Value, 1 row")]
    [InlineData("TRUNCATE notes", "empties table notes, 7 rows, SIZE")]
    [InlineData("TRUNCATE TABLE ONLY words, archive.words RESTART IDENTITY CASCADE", "empties table notes, 7 rows, SIZE, and what depends on it", "empties table words, 1,200 rows, SIZE, and what depends on it", "empties table archive.words, 2 rows, SIZE, and what depends on it")]
    [InlineData("DELETE FROM words", "empties table words, 1,200 rows, SIZE, and what depends on it")]
    [InlineData("DELETE FROM ONLY notes AS n WHERE n.word_id IN (SELECT id FROM words WHERE id <= 3)", "deletes 3 rows of table notes")]
    [InlineData("DELETE FROM notes WHERE word_id > 100")]
    [InlineData("DELETE FROM words WHERE id = 5", "deletes 1 row of table words, and what depends on it")]
    [InlineData("WITH gone AS (DELETE FROM notes WHERE word_id = 1 RETURNING *) SELECT count(*) FROM gone", "deletes rows of table notes")]
    [InlineData("UPDATE words SET word = lower(word)", "overwrites values in 1,200 rows of table words")]
    [InlineData("UPDATE words w SET (difficulty, felt) = (1, NULL)", "overwrites values in 40 rows of table words")]
    [InlineData("UPDATE words SET not_yet = 1")]
    [InlineData("UPDATE words SET word = 'x' WHERE id = 1")]
    [InlineData("DELETE FROM schema_migrations WHERE version = '20250101_000001'")]
    [InlineData("SET search_path = archive; TRUNCATE words", "empties table archive.words, 2 rows, SIZE", "empties table words, 1,200 rows, SIZE")]
    [InlineData("MERGE INTO notes USING words ON id = word_id WHEN MATCHED THEN DELETE", "deletes rows of table notes")]
    [InlineData("DELETE FROM notes; DROP TABLE notes; DROP TABLE IF EXISTS notes", "destroys table notes, 7 rows, SIZE")]
    [InlineData("DO $$ BEGIN DROP TABLE words; END $$")]
    public async Task What_a_statement_destroys_is_counted(string sql, params string[] expected)
    {
        var losses = await WordsAsync();
        // What takes the server over a second is not counted but estimated
        for (var again = 0; again < 2 && !losses.SequenceEqual(expected); again++)
            losses = await WordsAsync();

        Assert.Equal(expected, losses);
        Assert.Equal("1200", await _run!.Database.AskAsync("select count(*) from words"));

        async Task<string[]> WordsAsync() => [.. (await LossesOf(sql)).Select(loss => System.Text.RegularExpressions.Regex.Replace(loss.ToString(), @"\d+ kB", "SIZE"))];
    }

    [Fact]
    public async Task What_a_rule_makes_of_a_statement_is_not_guessed()
    {
        await _run!.Database.ExecuteAsync("CREATE RULE keep AS ON DELETE TO notes DO INSTEAD NOTHING");

        Assert.Equal("deletes rows of table notes", Assert.Single(await LossesOf("DELETE FROM notes WHERE note < now()::text")).ToString());
    }

    [Fact]
    public async Task A_condition_that_calls_functions_is_estimated_and_not_run()
    {
        await _run!.Database.ExecuteAsync("CREATE SEQUENCE called; CREATE FUNCTION is_old(int) RETURNS bool LANGUAGE sql VOLATILE AS 'SELECT nextval(''called'') > 0 AND $1 > 0'; ANALYZE words");

        var loss = Assert.Single(await LossesOf("DELETE FROM words WHERE is_old(id)"));

        Assert.Equal((true, DataLossKind.Delete), (loss.IsEstimate, loss.Kind));
        Assert.InRange(loss.Rows!.Value, 1, 1200);
        Assert.Equal("f", await _run.Database.AskAsync("select is_called from called"));
    }

    [Fact]
    public async Task A_locked_table_is_named_without_waiting_for_it()
    {
        await using var holder = await _run!.Database.OpenAsync();
        await using var transaction = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var take = new Npgsql.NpgsqlCommand("LOCK TABLE words", holder, transaction);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        Assert.Equal("destroys table words, whose rows could not be counted", Assert.Single(await LossesOf("DROP TABLE words")).ToString());
    }

    [Fact]
    public async Task What_may_not_be_read_is_named_all_the_same()
    {
        await using var role = await TestRole.CreateAsync(server);
        _run!.Folder.Write("20250101_000001_a.sql", "DROP TABLE words;\n");
        var options = _run.Options with { ConnectionString = _run.Database.ConnectionString + $";Username={role.Name}" };

        var plan = await new Migrator(options).PlanUpAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.StartsWith("destroys table words, whose rows could not be counted", Assert.Single(plan.Destroys).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Large_numbers_are_told_as_people_say_them()
    {
        var loss = new DataLoss("v", DataLossKind.Drop, "table", "words") { Rows = 1_234_567, IsEstimate = true, Bytes = 3L << 30 };
        Assert.Equal("destroys table words, about 1,200,000 rows, 3,072 MB", loss.ToString());
    }

    public async ValueTask DisposeAsync() => await _run!.DisposeAsync();

    private async Task<DataLoss[]> LossesOf(string sql)
    {
        _run!.Folder.Write("20250101_000001_a.sql", sql + ";\n");
        var plan = await new Migrator(_run.Options).PlanUpAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Empty(plan.Problems);
        return [.. plan.Destroys];
    }
}
