using Xunit;

namespace PhaserAI.Migrations.Tests.Scripts;

public sealed class CommentedDownTests
{
    [Fact]
    public void Template_of_the_guide_is_read()
    {
        var script = Parsed.Script("""
            -- Migration: Add new feature table
            -- Dependencies: None

            -- UP: Apply changes
            BEGIN;

            -- Your schema changes here
            CREATE TABLE IF NOT EXISTS new_table (
              id UUID DEFAULT uuid_generate_v4() PRIMARY KEY
            );

            INSERT INTO schema_migrations (version, applied_at, description)
            VALUES ('20250104_100000', NOW(), 'Add new feature table')
            ON CONFLICT (version) DO NOTHING;

            COMMIT;

            -- DOWN: Rollback changes (for reference)
            -- BEGIN;
            -- DROP TABLE IF EXISTS new_table CASCADE;
            -- DELETE FROM schema_migrations WHERE version = '20250104_100000';
            -- COMMIT;
            """);

        Assert.Equal(4, script.Up.Statements.Length);
        Assert.Equal(
            ["BEGIN", "DROP TABLE IF EXISTS new_table CASCADE", "DELETE FROM schema_migrations WHERE version = '20250104_100000'", "COMMIT"],
            Parsed.Statements(script.Down));
        Assert.Empty(script.Problems);
        Assert.Empty(script.Findings);
    }

    [Theory]
    [InlineData("=====================")]
    [InlineData("---------------------")]
    [InlineData("*********************")]
    [InlineData("#####################")]
    [InlineData("= = = - - - * * *")]
    [InlineData("=")]
    [InlineData("-")]
    [InlineData("")]
    public void Decoration_between_statements_is_dropped(string line)
    {
        string[] lines = [line, "BEGIN;", line, "DROP TABLE a;", line, line, "COMMIT;", line];
        var script = Parsed.Script("-- DOWN:\n" + string.Join('\n', lines.Select(text => "-- " + text)));

        Assert.Equal(["BEGIN", "DROP TABLE a", "COMMIT"], Parsed.Statements(script.Down));
        Assert.Empty(script.Down!.Problems);
        Assert.Empty(script.Findings);
    }

    [Fact]
    public void Decoration_after_a_statement_without_semicolon_is_dropped() =>
        Assert.Equal(["DROP TABLE a"], Parsed.Statements(Parsed.CommentedDown("DROP TABLE a", "=======")));

    [Fact]
    public void Sign_that_is_part_of_a_statement_stays()
    {
        var down = Parsed.CommentedDown("INSERT INTO a SELECT", "*", "FROM b WHERE c", "=", "1;");

        Assert.Equal(["INSERT INTO a SELECT\n*\nFROM b WHERE c\n=\n1"], Parsed.Statements(down));
    }

    [Theory]
    [InlineData("'first\n  second\n=====\n-- no comment\n\n--\nlast'")]
    [InlineData("$$\nBEGIN\n    -- comment\n    ======\nEND $$")]
    [InlineData("E'a\\'\n***\n'")]
    public void Text_inside_quotes_comes_out_byte_for_byte(string literal)
    {
        var down = Parsed.CommentedDown($"SELECT {literal};".Split('\n'));

        Assert.Equal([$"SELECT {literal}"], Parsed.Statements(down));
        Assert.Empty(down!.Problems);
    }

    [Fact]
    public void Line_ends_of_windows_stay_inside_quotes()
    {
        var script = Parsed.Script("-- DOWN:\r\n-- SELECT 'a\r\n-- b';\r\n-- ====\r\n-- SELECT 2;\r\n");

        Assert.Equal(["SELECT 'a\r\nb'", "SELECT 2"], Parsed.Statements(script.Down));
    }

    [Fact]
    public void Line_without_dashes_is_an_empty_line() =>
        Assert.Equal(["SELECT 'a\n\nb'"], Parsed.Down("-- DOWN:\n-- SELECT 'a\n\n-- b';\n"));

    [Theory]
    [InlineData("--DROP TABLE a;", "DROP TABLE a")]
    [InlineData("--\tDROP TABLE a;", "DROP TABLE a")]
    [InlineData("  -- DROP TABLE a;", "DROP TABLE a")]
    [InlineData("--   DROP TABLE\n--     a;", "DROP TABLE\n    a")]
    [InlineData("--DROP TABLE\n--a;", "DROP TABLE\na")]
    [InlineData("-- DROP TABLE a; -- the old one", "DROP TABLE a")]
    [InlineData("-- -- first\n-- DROP TABLE a;", "DROP TABLE a")]
    [InlineData("-- /* first */ DROP TABLE a;", "DROP TABLE a")]
    [InlineData("-- /*\n-- DROP TABLE b;\n-- */\n-- DROP TABLE a;", "DROP TABLE a")]
    [InlineData("-- DROP -- what\n--   TABLE a;", "DROP -- what\n  TABLE a")]
    public void One_comment_level_and_one_space_are_stripped(string lines, string expected)
    {
        var script = Parsed.Script($"-- DOWN:\n{lines}");

        Assert.Equal([expected], Parsed.Statements(script.Down));
        Assert.Empty(script.Findings);
        Assert.Empty(script.Down!.Problems);
    }

    [Fact]
    public void Comment_of_two_levels_stays_a_comment()
    {
        var script = Parsed.Script("SELECT 1;\n-- DOWN:\n-- -- DROP TABLE a;\n-- -- DOWN: not again\n-- SELECT 2;\n");

        Assert.Equal(["SELECT 2"], Parsed.Statements(script.Down));
        Assert.Empty(script.Problems);
    }

    [Fact]
    public void What_a_block_comment_switches_off_stays_off()
    {
        var script = Parsed.Script("SELECT 1;\n-- DOWN:\n/*\n-- DROP TABLE a;\n*/\n");

        Assert.Null(script.Down);
    }

    [Fact]
    public void Carriage_return_alone_ends_a_comment_as_it_does_for_postgresql() =>
        Assert.Equal(["DROP TABLE a", "DROP TABLE b"], Parsed.Down("-- DOWN:\r-- DROP TABLE a;\r-- DROP TABLE b;\r"));

    [Fact]
    public void Many_turns_from_prose_to_SQL_are_read_in_one_go()
    {
        // Cutting all of the rest again at each turn took 0.3 s for 2,000 of them, and 30 s for these.
        const int Turns = 20_000;

        var down = Parsed.CommentedDown([.. Enumerable.Range(0, Turns).SelectMany(i => new[] { $"This isn't number {i}", $"DROP TABLE t{i};" })]);

        Assert.Equal(Turns, down?.Statements.Length);
        Assert.Empty(down!.Problems);
    }

    [Fact]
    public void Positions_are_those_of_the_file()
    {
        var script = Parsed.Script("SELECT '😀';\r\n-- DOWN:\r\n-- prose é here\r\n  -- SELECT 1;   SELECT\r\n--\t'ä', b;\r\n--BEGIN;\r\n");
        var down = script.Down!;

        Assert.Equal([(4, 6), (4, 18), (6, 3)], down.Statements.Select(statement => down.Text.GetPosition(statement.Start)));
        Assert.Equal((5, 9), down.Text.GetPosition(down.Text.Bytes.IndexOf("b;"u8)));
        Assert.Equal((3, 4), (script.Findings[0].Line, script.Findings[0].Column));
        Assert.Equal("-- prose é here", script.Findings[0].Excerpt);
    }

    [Theory]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE sql", "BEGIN ATOMIC", "  SELECT 1;", "  SELECT 2;", "END;")]
    [InlineData("DO $$", "BEGIN", "  LOOP", "    EXIT;", "    COMMIT;", "  END LOOP;", "END $$;")]
    [InlineData("CREATE RULE r AS ON INSERT TO a DO (", "  SELECT 1;", "  SELECT 2", ");")]
    public void Body_with_semicolons_is_one_statement(params string[] lines)
    {
        var down = Parsed.CommentedDown([.. lines, "SELECT 3;"]);

        Assert.Equal([string.Join('\n', lines)[..^1], "SELECT 3"], Parsed.Statements(down));
        Assert.Empty(down!.Problems);
    }

    [Fact]
    public void Prose_between_statements_is_left_out_with_a_finding_each()
    {
        var script = Parsed.Script("""
            SELECT 1;
            -- DOWN: Rollback changes
            -- Don't run this in production (it loses data)
            -- * first the table
            -- DROP TABLE a;
            --
            -- Note: then the rest
            -- 2. the index "x
            -- DROP INDEX b;
            -- That is all
            """);

        Assert.Equal(["DROP TABLE a", "DROP INDEX b"], Parsed.Statements(script.Down));
        Assert.Empty(script.Down!.Problems);
        Assert.Equal([3, 4, 7, 8, 10], script.Findings.Select(finding => finding.Line));
    }

    [Theory]
    [InlineData("Drop the table first")]
    [InlineData("Delete the rows that were added")]
    [InlineData("Update the counters")]
    [InlineData("Update words and set them back")]
    [InlineData("Set the flag back")]
    [InlineData("Select the right database")]
    [InlineData("Insert nothing")]
    [InlineData("Create the old table again")]
    [InlineData("Alter nothing else")]
    [InlineData("Rollback changes")]
    [InlineData("Rollback to the version before")]
    [InlineData("Commit the changes")]
    [InlineData("Begin rollback")]
    [InlineData("End of rollback")]
    [InlineData("Do not run this by hand")]
    [InlineData("Reset the counter")]
    [InlineData("Refresh the view afterwards")]
    [InlineData("Execute by hand")]
    [InlineData("With care")]
    [InlineData("Values are lost")]
    [InlineData("Grant these again")]
    [InlineData("Comment on the above")]
    [InlineData("Call support")]
    [InlineData("Copy the rows back")]
    [InlineData("Lock the table")]
    [InlineData("Load the backup")]
    [InlineData("Start again")]
    [InlineData("Merge these")]
    [InlineData("Truncate the table")]
    public void Sentence_that_begins_like_a_command_is_prose(string sentence)
    {
        var script = Parsed.Script($"SELECT 1;\n-- DOWN:\n-- {sentence}\n-- BEGIN;\n-- DROP TABLE a;\n-- COMMIT;\n");

        Assert.Equal(["BEGIN", "DROP TABLE a", "COMMIT"], Parsed.Statements(script.Down));
        Assert.Empty(script.Down!.Problems);
        Assert.Equal(3, Assert.Single(script.Findings).Line);
    }

    [Theory]
    [InlineData("ABORT")]
    [InlineData("ALTER TABLE a ADD b int")]
    [InlineData("ANALYZE")]
    [InlineData("BEGIN ISOLATION LEVEL SERIALIZABLE")]
    [InlineData("CALL p(1)")]
    [InlineData("CALL s.p(1)")]
    [InlineData("CHECKPOINT")]
    [InlineData("CLOSE ALL")]
    [InlineData("CLUSTER a USING b")]
    [InlineData("COMMENT ON TABLE a IS NULL")]
    [InlineData("COMMENT ON COLUMN a.b IS 'x'")]
    [InlineData("COMMIT AND CHAIN")]
    [InlineData("COPY a FROM '/x'")]
    [InlineData("COPY (SELECT 1) TO '/x'")]
    [InlineData("CREATE OR REPLACE VIEW a AS SELECT 1")]
    [InlineData("CREATE UNIQUE INDEX CONCURRENTLY b ON a (c)")]
    [InlineData("DEALLOCATE ALL")]
    [InlineData("DECLARE c CURSOR FOR SELECT 1")]
    [InlineData("delete from a")]
    [InlineData("DISCARD ALL")]
    [InlineData("DO 'BEGIN END'")]
    [InlineData("DO LANGUAGE plpgsql $$BEGIN END$$")]
    [InlineData("DROP OWNED BY x")]
    [InlineData("END TRANSACTION")]
    [InlineData("EXECUTE q")]
    [InlineData("EXECUTE q(1)")]
    [InlineData("EXPLAIN SELECT 1")]
    [InlineData("FETCH ALL FROM c")]
    [InlineData("GRANT SELECT ON a TO b")]
    [InlineData("IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c")]
    [InlineData("INSERT INTO a VALUES (1)")]
    [InlineData("LISTEN a")]
    [InlineData("LOAD 'x'")]
    [InlineData("LOCK a")]
    [InlineData("LOCK TABLE a IN SHARE MODE")]
    [InlineData("MERGE INTO a USING b ON true WHEN MATCHED THEN DO NOTHING")]
    [InlineData("MOVE NEXT FROM c")]
    [InlineData("NOTIFY a")]
    [InlineData("PREPARE q AS SELECT 1")]
    [InlineData("PREPARE q (int) AS SELECT 1")]
    [InlineData("REASSIGN OWNED BY a TO b")]
    [InlineData("REFRESH MATERIALIZED VIEW a")]
    [InlineData("REINDEX TABLE a")]
    [InlineData("RELEASE SAVEPOINT s")]
    [InlineData("RESET search_path")]
    [InlineData("RESET my.setting")]
    [InlineData("RESET ALL")]
    [InlineData("REVOKE ALL ON a FROM b")]
    [InlineData("ROLLBACK TO SAVEPOINT s")]
    [InlineData("SAVEPOINT s")]
    [InlineData("SECURITY LABEL ON TABLE a IS 'x'")]
    [InlineData("SELECT 1")]
    [InlineData("(SELECT 1) UNION SELECT 2")]
    [InlineData("SET search_path = public")]
    [InlineData("SET search_path TO public")]
    [InlineData("SET LOCAL lock_timeout = 0")]
    [InlineData("SET my.setting = 1")]
    [InlineData("SET CONSTRAINTS ALL DEFERRED")]
    [InlineData("SHOW ALL")]
    [InlineData("START TRANSACTION")]
    [InlineData("TABLE a")]
    [InlineData("TRUNCATE a")]
    [InlineData("UNLISTEN *")]
    [InlineData("UPDATE a SET b = 1")]
    [InlineData("UPDATE ONLY s.a AS x SET b = 1")]
    [InlineData("VACUUM")]
    [InlineData("VALUES (1)")]
    [InlineData("WITH x AS (SELECT 1) DELETE FROM a")]
    [InlineData("WITH x (b) AS (SELECT 1) SELECT 1")]
    [InlineData("WITH RECURSIVE x AS (SELECT 1) SELECT 1")]
    public void Every_command_of_postgresql_begins_a_statement(string sql)
    {
        var script = Parsed.Script($"-- DOWN:\n-- a line of prose\n-- {sql};\n-- {sql};\n");

        Assert.Equal([sql, sql], Parsed.Statements(script.Down));
        Assert.Empty(script.Down!.Problems);
    }

    [Theory]
    [InlineData(3, "DORP TABLE a;")]
    [InlineData(4, "DORP TABLE a", "CASCADE;")]
    [InlineData(3, "DROP TABLE a; and then the rest", "SELECT 1;")]
    [InlineData(3, "INSRT INTO a", "SELECT * FROM b;")]
    [InlineData(3, "CRAETE VIEW a AS", "SELECT * FROM b;")]
    [InlineData(3, "WHIT x AS (", "SELECT 1) DELETE FROM a;")]
    [InlineData(4, "To undo this,", "drop table words")]
    [InlineData(5, "SELECT 1;", "That is all of it, or", "select words")]
    [InlineData(3, "SELECT 'never ends;")]
    public void What_could_be_prose_or_sql_is_refused_with_its_line(int line, params string[] lines)
    {
        var down = Parsed.CommentedDown(lines);

        Assert.Equal(line + 1, Assert.Single(down!.Problems).Line);
    }

    [Fact]
    public void Statement_without_semicolon_is_fine_when_no_prose_stands_before_it()
    {
        Assert.Empty(Parsed.CommentedDown("DROP TABLE a")!.Problems);
        Assert.Empty(Parsed.CommentedDown("Take it back", "BEGIN;", "DROP TABLE a;", "COMMIT")!.Problems);
    }

    [Theory]
    [InlineData("This change can't be taken back")]
    [InlineData("TODO")]
    [InlineData("None")]
    [InlineData("=====")]
    [InlineData("-- DROP TABLE a;")]
    public void All_prose_means_irreversible_and_says_so(string line)
    {
        var script = Parsed.Script($"SELECT 1;\n-- DOWN:\n-- {line}\n");

        Assert.Null(script.Down);
        Assert.Equal((2, "the DOWN section holds no statement: this migration can't be taken back"), (script.Findings[0].Line, script.Findings[0].Message));
        Assert.Single(script.Findings);
    }

    [Theory]
    [InlineData("SELECT 1;\n-- DOWN:\n")]
    [InlineData("SELECT 1;\n-- DOWN:\n\n  \n;\n")]
    [InlineData("SELECT 1;")]
    public void Nothing_means_irreversible(string text) => Assert.Null(Parsed.Script(text).Down);

    [Fact]
    public void Written_down_leaves_its_comments_alone()
    {
        var script = Parsed.Script("SELECT 1;\n-- DOWN:\nDROP TABLE a;\n-- DROP TABLE b;\n-- and more\n");

        Assert.Equal(["DROP TABLE a"], Parsed.Statements(script.Down));
        Assert.Empty(script.Findings);
    }

    [Fact]
    public void Thousands_of_lines_of_prose_are_read_one_by_one()
    {
        var lines = Enumerable.Range(0, 50_000).Select(i => $"-- it's line {i}").Append("-- SELECT 1;");

        var script = Parsed.Script("-- DOWN:\n" + string.Join('\n', lines));

        Assert.Equal(["SELECT 1"], Parsed.Statements(script.Down));
        Assert.Equal(50_000, script.Findings.Length);
    }
}
