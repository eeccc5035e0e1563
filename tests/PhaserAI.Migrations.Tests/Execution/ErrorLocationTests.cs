using System.Text;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>
/// An error's line and column are those of the file. In the scripts below ▲ stands before the character at which the
/// error is to be shown; it is taken out before PostgreSQL sees the script.
/// </summary>
public sealed class ErrorLocationTests(PostgresServer server)
{
    private const char Mark = '▲';

    [Theory]
    [InlineData("SELECT 1;\nSELECT ▲nope;\n")]
    [InlineData("SELECT 1; SELECT 2, ▲nope;")]
    [InlineData("BEGIN;\nCREATE TABLE a (b int);\nINSERT INTO a (▲c) VALUES (1);\nCOMMIT;\n")]
    [InlineData("INSERT INTO\n  ▲nope\nVALUES\n  (1);\n")]
    [InlineData("-- a comment\n/* and\n another */ ▲CREAT TABLE x ();\n")]
    [InlineData("CREATE TABLE t (a int,\n  b ▲nosuchtype);\n")]
    public Task The_servers_position_is_a_line_and_a_column(string script) => AssertShownAtMarkAsync(script);

    [Theory]
    [InlineData("SELECT '😀😀', ▲nope;\n")]
    [InlineData("SELECT '日本語 한국어', ▲nope;\n")]
    [InlineData("SELECT 'e\u0301', ▲nope;\n")]
    [InlineData("SELECT\t'x',\t▲nope;\n")]
    [InlineData("-- 😀\r\nSELECT 1;\r\nSELECT\r\n  '😀', ▲nope;\r\n")]
    [InlineData("\uFEFFSELECT ▲nope;\n")]
    [InlineData("\uFEFF-- c\r\n/* 😀 */ SELECT ▲nope;\r\n")]
    public Task Columns_count_code_points(string script) => AssertShownAtMarkAsync(script);

    [Theory]
    [InlineData("SELECT 1;\n▲DROP TABLE nope;\n")]
    [InlineData("CREATE TABLE t (a int PRIMARY KEY);\n  ▲INSERT INTO t\nVALUES (1), (1);\n")]
    [InlineData("CREATE TABLE t (a int);\n-- why\n▲ALTER TABLE t DROP COLUMN b;\n")]
    public Task Without_a_position_it_is_the_statements_beginning(string script) => AssertShownAtMarkAsync(script);

    [Theory]
    [InlineData("DO $$\nBEGIN\n  ▲RAISE EXCEPTION 'no';\nEND $$;\n")]
    [InlineData("DO $$ BEGIN\n\n\n    ▲RAISE EXCEPTION 'no'\n      USING HINT = 'x';\nEND $$;\n")]
    [InlineData("DO $$▲BEGIN RAISE EXCEPTION 'no'; END$$;\n")]
    [InlineData("DO LANGUAGE 'plpgsql' $body$\r\nBEGIN\r\n  -- 😀\r\n  ▲RAISE EXCEPTION 'no';\r\nEND $body$;\r\n")]
    [InlineData("DO '\nBEGIN\n  PERFORM ''it''''s'';\n  ▲RAISE EXCEPTION ''no'';\nEND';\n")]
    [InlineData("DO E'\\nBEGIN\\n  PERFORM 1;\n  ▲RAISE EXCEPTION \\'no\\';\nEND';\n")]
    [InlineData("DO $$\nDECLARE\n  x int;\nBEGIN\n  ▲x := 1 / 0;\nEND $$;\n")]
    [InlineData("DO $$\nBEGIN\n  IF true THEN\n    ▲PERFORM 1 / 0;\n  END IF;\nEND $$;\n")]
    public Task A_runtime_error_in_a_DO_block_is_shown_at_the_line_that_raised_it(string script) => AssertShownAtMarkAsync(script);

    [Theory]
    [InlineData("DO $$\nBEGIN\n  INSERT INTO ▲nope VALUES (1);\nEND $$;\n")]
    [InlineData("DO $$\nBEGIN\n  INSERT\n  INTO\n    ▲nope VALUES (1);\nEND $$;\n")]
    [InlineData("DO $$\nBEGIN\n  PERFORM '😀', ▲nope(1);\nEND $$;\n")]
    [InlineData("DO $$\nDECLARE x int;\nBEGIN\n  SELECT a INTO x FROM ▲nope;\nEND $$;\n")]
    [InlineData("DO $$\nDECLARE x int;\nBEGIN\n  IF x > 1 OR ▲nope THEN\n    NULL;\n  END IF;\nEND $$;\n")]
    [InlineData("DO $$\nDECLARE x int;\nBEGIN\n  x := 1 + ▲nope;\nEND $$;\n")]
    [InlineData("CREATE TABLE x (a text);\nDO '\nBEGIN\n  INSERT INTO x SELECT ''a'' FROM ▲nope;\nEND';\n")]
    [InlineData("CREATE TABLE x (a text);\nDO $$\nBEGIN\n  FOR i IN 1..3 LOOP\n    UPDATE x SET ▲nope = i;\n  END LOOP;\nEND $$;\n")]
    public Task SQL_that_fails_in_a_DO_block_is_shown_at_its_own_character(string script) => AssertShownAtMarkAsync(script);

    [Theory]
    [InlineData("DO $$\nBEGIN\n  NULL;\n  ▲SELEC 1;\nEND $$;\n")]
    [InlineData("DO $$\nBEGIN\n  ▲IFF true THEN\n  END IF;\nEND $$;\n")]
    [InlineData("DO $$\nDECLARE\n  x ▲nosuchtype;\nBEGIN\n  NULL;\nEND $$;\n")]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1 +▲;\nEND $$;\n")]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n  SELECT ▲nope;\n$$;\n")]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS '\n  SELECT ''x'', ▲nope;\n';\n")]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE sql\nBEGIN ATOMIC\n  SELECT 1;\n  SELECT ▲nope;\nEND;\n")]
    public Task A_body_that_can_not_be_compiled_is_shown_at_its_character(string script) => AssertShownAtMarkAsync(script);

    [Theory]
    [InlineData("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  ▲RAISE EXCEPTION 'no';\nEND $$;\nSELECT f();\n")]
    [InlineData("CREATE FUNCTION f(a text DEFAULT '\n\n') RETURNS void AS '\nBEGIN\n  ▲RAISE EXCEPTION ''no'';\nEND' LANGUAGE 'plpgsql';\nSELECT f();\n")]
    [InlineData("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  INSERT INTO ▲nope VALUES (1);\nEND $$;\nSELECT 1;\nDO $$ BEGIN PERFORM f(); END $$;\n")]
    [InlineData("CREATE FUNCTION g() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  ▲PERFORM 1 / 0;\nEND $$;\nCREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  PERFORM g();\nEND $$;\nSELECT f();\n")]
    [InlineData("CREATE SCHEMA s;\nCREATE FUNCTION s.\"Odd name\"(a int) RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  ▲RAISE EXCEPTION 'no';\nEND $$;\nSELECT s.\"Odd name\"(1);\n")]
    [InlineData("CREATE FUNCTION f(a int) RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  ▲RAISE EXCEPTION 'no';\nEND $$;\nCREATE FUNCTION f(a text, OUT b int) LANGUAGE plpgsql AS $$\nBEGIN\n  b := 1;\n  NULL;\nEND $$;\nSELECT f(1);\n")]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n  SELECT 1;\n  ▲SELECT a / 0 FROM generate_series(1, 3) a;\n$$;\nSELECT f();\n")]
    [InlineData("CREATE PROCEDURE p() LANGUAGE plpgsql AS $$\nBEGIN\n  ▲RAISE EXCEPTION 'no';\nEND $$;\nCALL p();\n")]
    [InlineData("CREATE TABLE t (a int);\nCREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n  ▲RAISE EXCEPTION 'no';\nEND $$;\nCREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();\nINSERT INTO t VALUES (1);\n")]
    [InlineData("SET check_function_bodies = off;\nCREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  NULL;\n  ▲SELEC 1;\nEND $$;\nSELECT f();\n")]
    public Task An_error_in_a_function_of_the_same_script_is_shown_in_the_function(string script) => AssertShownAtMarkAsync(script);

    [Theory]
    [InlineData("DO $$\nBEGIN\n  NULL;\n  ▲EXECUTE 'DO $x$ BEGIN RAISE EXCEPTION ''no''; END $x$';\nEND $$;\n")]
    [InlineData("DO $$\nBEGIN\n  NULL;\n  EXECUTE 'SELECT ▲nope';\nEND $$;\n")]
    [InlineData("DO $$\nBEGIN\n  NULL;\n  ▲EXECUTE format('SELECT %s', 'nope');\n  PERFORM 1; EXECUTE 'SELECT nope';\nEND $$;\n")]
    public Task An_error_in_SQL_made_at_run_time_is_shown_where_it_is_executed(string script) => AssertShownAtMarkAsync(script);

    [Fact]
    public async Task An_error_in_a_function_of_an_earlier_migration_is_shown_where_it_is_called()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000000_f.sql", "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  RAISE EXCEPTION 'no';\nEND $$;\n");
        await AssertShownAtMarkAsync(run, "SELECT 1;\nDO $$\nBEGIN\n  NULL;\n  ▲PERFORM f();\nEND $$;\n");
    }

    [Fact]
    public Task A_deferred_constraint_is_shown_at_the_commit() => AssertShownAtMarkAsync("""
        BEGIN;
        CREATE TABLE a (id int PRIMARY KEY);
        CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO b VALUES (1);
        ▲COMMIT;

        -- DOWN:
        -- DROP TABLE b, a;
        """);

    [Theory]
    [InlineData("-- DOWN: take it back\n-- BEGIN;\n-- DROP TABLE a;\n--   ▲DROP TABLE nope;\n-- COMMIT;\n")]
    [InlineData("-- DOWN:\r\n-- SELECT '😀',\r\n--   ▲nope;\r\n")]
    [InlineData("-- DOWN:\n-- DO $$\n-- BEGIN\n--   INSERT INTO ▲nope VALUES (1);\n-- END $$;\n")]
    [InlineData("-- DOWN:\n--SELECT ▲nope;\n")]
    [InlineData("-- DOWN:\nSELECT 1,\n  ▲nope;\n")]
    public async Task In_a_commented_out_DOWN_it_is_the_place_in_the_file(string down)
    {
        await using var run = await TestRun.CreateAsync(server);
        var script = "CREATE TABLE a (b int);\n" + down;
        run.Folder.Write("20250101_000001_it.sql", Unmarked(script));
        Assert.True((await run.UpAsync()).Succeeded);
        AssertShownAtMark(script, (await run.DownAsync()).Failure);
    }

    [Fact]
    public async Task A_password_on_a_line_of_its_own_is_not_in_the_excerpt()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_it.sql", "CREATE ROLE r PASSWORD\n  'open sesame' BOGUS;\n");

        var failure = (await run.UpAsync()).Failure;
        Assert.NotNull(failure);
        Assert.Equal((2, 17), (failure.Line, failure.Column));
        Assert.Equal("  ************* BOGUS;", failure.Excerpt);
        Assert.DoesNotContain("sesame", failure.Statement, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_in_a_statement_made_at_run_time_is_not_in_the_context()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_it.sql", "DO $$\nBEGIN\n  EXECUTE 'CREATE ROLE postgres PASSWORD ' || quote_literal('open ' || 'sesame');\nEND $$;\n");

        var failure = (await run.UpAsync()).Failure;
        Assert.NotNull(failure);
        Assert.Contains("CREATE ROLE", failure.Context, StringComparison.Ordinal);
        Assert.DoesNotContain("open sesame", failure.Context, StringComparison.Ordinal);
    }

    private async Task AssertShownAtMarkAsync(string script)
    {
        await using var run = await TestRun.CreateAsync(server);
        await AssertShownAtMarkAsync(run, script);
    }

    private static async Task AssertShownAtMarkAsync(TestRun run, string script)
    {
        run.Folder.Write("20250101_000001_it.sql", new UTF8Encoding(false).GetBytes(Unmarked(script)));
        AssertShownAtMark(script, (await run.UpAsync()).Failure);
    }

    private static void AssertShownAtMark(string script, MigrationFailure? failure)
    {
        Assert.NotNull(failure);
        var mark = MarkOf(script);
        Assert.True(mark == (failure.Line, failure.Column), $"expected {mark}, was ({failure.Line}, {failure.Column}): {failure.Message}\n{failure.Context}");
        Assert.Equal(LineOf(script, failure.Line), failure.Excerpt);
    }

    private static string Unmarked(string script) => script.Replace(Mark.ToString(), "", StringComparison.Ordinal);

    /// <summary>The place of the mark: lines from 1, columns in code points, the byte order mark not counted.</summary>
    private static (int Line, int Column) MarkOf(string script)
    {
        var before = script[..script.IndexOf(Mark, StringComparison.Ordinal)].TrimStart('\uFEFF').Split('\n');
        return (before.Length, before[^1].EnumerateRunes().Count() + 1);
    }

    private static string LineOf(string script, int line) => Unmarked(script).TrimStart('\uFEFF').Split('\n')[line - 1].TrimEnd('\r');
}
