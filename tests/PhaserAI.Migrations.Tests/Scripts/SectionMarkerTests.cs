using Xunit;

namespace PhaserAI.Migrations.Tests.Scripts;

public sealed class SectionMarkerTests
{
    [Theory]
    [InlineData("-- DOWN:")]
    [InlineData("-- DOWN: Rollback changes (for reference)")]
    [InlineData("-- DOWN")]
    [InlineData("--DOWN")]
    [InlineData("--   down   ")]
    [InlineData("-- Down :")]
    [InlineData("--\tDOWN:x")]
    [InlineData("  -- DOWN")]
    public void Marker_is_the_word_alone_or_with_a_colon(string marker)
    {
        var script = Parsed.Script($"CREATE TABLE a ();\n{marker}\nDROP TABLE a;");

        Assert.Equal(["CREATE TABLE a ()"], Parsed.Statements(script.Up));
        Assert.Equal(["DROP TABLE a"], Parsed.Statements(script.Down));
        Assert.Empty(script.Problems);
    }

    [Theory]
    [InlineData("-- down the road this table goes")]
    [InlineData("-- Down migration is not needed.")]
    [InlineData("-- up by the scheduler")]
    [InlineData("-- DOWNTIME: none")]
    [InlineData("-- UPDATE: words")]
    [InlineData("-- UP/DOWN")]
    [InlineData("-- ==== DOWN ====")]
    [InlineData("-- - DOWN")]
    [InlineData("/* DOWN: */")]
    [InlineData("/*\n-- DOWN:\n*/")]
    [InlineData("SELECT '\n-- DOWN:\n';")]
    [InlineData("SELECT $$\n-- DOWN:\n$$;")]
    [InlineData("SELECT $x$\n-- DOWN:\n$$\n-- UP\n$x$;")]
    [InlineData("SELECT E'\\'\n-- DOWN:\n';")]
    [InlineData("SELECT 1 AS \"\n-- DOWN:\n\";")]
    [InlineData("CREATE TABLE b (\n-- DOWN:\n);")]
    [InlineData("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC\n-- DOWN:\nSELECT 1; END;")]
    [InlineData("COPY t FROM stdin;\n-- DOWN:\n\\.")]
    [InlineData("SELECT 1; -- DOWN:")]
    public void Anything_else_is_no_marker(string text)
    {
        var script = Parsed.Script($"CREATE TABLE a ();\n{text}\nDROP TABLE a;");

        Assert.Null(script.Down);
        Assert.Equal("CREATE TABLE a ()", Parsed.Statements(script.Up)[0]);
        Assert.Equal("DROP TABLE a", Parsed.Statements(script.Up)[^1]);
        Assert.Empty(script.Problems);
    }

    [Fact]
    public void Between_begin_and_commit_it_is_a_comment_and_that_is_said()
    {
        var script = Parsed.Script("BEGIN;\nCREATE TABLE a ();\n-- DOWN:\nCREATE TABLE b ();\nCOMMIT;\n-- UP by night\n");

        Assert.Null(script.Down);
        Assert.Equal(4, script.Up.Statements.Length);
        Assert.Empty(script.Problems);
        Assert.Equal([3, 6], script.Findings.Select(finding => finding.Line));
    }

    [Fact]
    public void Down_in_an_unfinished_transaction_takes_nothing_out_of_up()
    {
        var script = Parsed.Script("-- UP:\nBEGIN;\nCREATE TABLE a ();\n\n-- DOWN:\nDROP TABLE a;\n");

        Assert.Null(script.Down);
        Assert.Equal(["BEGIN", "CREATE TABLE a ()", "DROP TABLE a"], Parsed.Statements(script.Up));
        Assert.Equal(5, Assert.Single(script.Findings).Line);
    }

    [Fact]
    public void Up_lost_in_an_unfinished_down_is_refused()
    {
        var script = Parsed.Script("-- DOWN:\nBEGIN;\nDROP TABLE a;\n-- UP:\nCREATE TABLE a ();\n");

        Assert.Equal(4, Assert.Single(script.Problems).Line);
    }

    [Fact]
    public void Marker_is_found_again_after_commit_and_chain_and_savepoints()
    {
        var script = Parsed.Script("BEGIN;\nSAVEPOINT s;\n-- DOWN\nROLLBACK TO s;\n-- DOWN\nCOMMIT AND CHAIN;\n-- DOWN\nEND;\n-- DOWN\nSELECT 1;\n");

        Assert.Equal(["SELECT 1"], Parsed.Statements(script.Down));
        Assert.Equal([3, 5, 7], script.Findings.Select(finding => finding.Line));
    }

    [Theory]
    [InlineData("-- DOWN rollback")]
    [InlineData("-- DOWN (for reference)")]
    [InlineData("-- DOWN. Rollback")]
    [InlineData("-- DOWN;")]
    [InlineData("-- UP migration")]
    [InlineData("-- UP (apply):")]
    public void Doubtful_marker_before_sql_is_refused_with_its_place(string comment)
    {
        var script = Parsed.Script($"CREATE TABLE a ();\n  {comment}\nDROP TABLE a;");

        var problem = Assert.Single(script.Problems);
        Assert.Equal((2, 3), (problem.Line, problem.Column));
        Assert.Equal("  " + comment, problem.Excerpt);
        Assert.Equal(2, script.Up.Statements.Length);
    }

    [Fact]
    public void Doubtful_marker_with_nothing_but_comments_after_it_is_a_finding()
    {
        var script = Parsed.Script("CREATE TABLE a ();\n-- DOWN rollback\n-- DROP TABLE a;");

        Assert.Empty(script.Problems);
        Assert.Equal(2, Assert.Single(script.Findings).Line);
        Assert.Null(script.Down);
    }

    [Theory]
    [InlineData("-- UP\nSELECT 1;\n-- up:\nSELECT 2;", 3)]
    [InlineData("SELECT 1;\n-- DOWN\n-- SELECT 2;\n-- DOWN:\n-- SELECT 3;", 4)]
    public void Second_marker_of_one_kind_is_refused(string text, int line) =>
        Assert.Equal(line, Assert.Single(Parsed.Script(text).Problems).Line);

    [Fact]
    public void Without_up_everything_before_down_is_up()
    {
        var script = Parsed.Script("-- Migration: x\nSELECT 1;\nSELECT 2;\n-- DOWN:\n-- SELECT 3;");

        Assert.Equal(["SELECT 1", "SELECT 2"], Parsed.Statements(script.Up));
        Assert.Equal(["SELECT 3"], Parsed.Statements(script.Down));
    }

    [Fact]
    public void Down_may_stand_before_up()
    {
        var script = Parsed.Script("-- DOWN:\nDROP TABLE a;\n-- UP:\nCREATE TABLE a ();\n");

        Assert.Empty(script.Problems);
        Assert.Equal(["CREATE TABLE a ()"], Parsed.Statements(script.Up));
        Assert.Equal(["DROP TABLE a"], Parsed.Statements(script.Down));
    }

    [Fact]
    public void Down_on_the_first_line_leaves_nothing_for_up()
    {
        var script = Parsed.Script("-- DOWN:\nDROP TABLE a;");

        Assert.Empty(script.Up.Statements);
        Assert.Equal(["DROP TABLE a"], Parsed.Statements(script.Down));
    }

    [Fact]
    public void Statement_before_the_up_marker_is_refused_and_still_shown()
    {
        var script = Parsed.Script("CREATE TABLE a ();\n-- UP:\nCREATE TABLE b ();\n");

        Assert.Equal(1, Assert.Single(script.Problems).Line);
        Assert.Equal(["CREATE TABLE a ()", "CREATE TABLE b ()"], Parsed.Statements(script.Up));
    }

    [Theory]
    [InlineData("-- DROP TABLE a;")]
    [InlineData("DROP TABLE a;")]
    [InlineData("BEGIN;\nDROP TABLE a;\nCOMMIT;")]
    public void Last_statement_of_up_needs_no_semicolon(string down)
    {
        var script = Parsed.Script($"CREATE TABLE a ()\n-- DOWN:\n{down}");

        Assert.Empty(script.Problems);
        Assert.Equal(["CREATE TABLE a ()"], Parsed.Statements(script.Up));
        Assert.Contains("DROP TABLE a", Parsed.Statements(script.Down));
    }

    [Theory]
    [InlineData("DELETE FROM words\n-- down\nWHERE id = 1;")]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'\n-- down\nSET search_path = public;")]
    [InlineData("CREATE SCHEMA s\n-- up\nCREATE TABLE a ();")]
    [InlineData("ALTER TABLE a\n-- down\nDROP COLUMN b;")]
    public void Marker_inside_a_statement_never_cuts_it(string text)
    {
        var script = Parsed.Script(text);

        Assert.Equal(2, Assert.Single(script.Problems).Line);
        Assert.Equal([text[..^1]], Parsed.Statements(script.Up));
        Assert.Null(script.Down);
    }

    [Fact]
    public void Settings_of_up_do_not_reach_into_down()
    {
        var script = Parsed.Script("SET standard_conforming_strings = off;\nSELECT 'it\\'s';\n-- DOWN:\nSELECT '\\';\nSELECT 2;\n");

        Assert.Equal(["SELECT '\\'", "SELECT 2"], Parsed.Statements(script.Down));
    }

    [Theory]
    [InlineData("SELECT 'never ends;")]
    [InlineData("/* never ends")]
    public void Section_that_never_ends_is_refused_in_its_own_direction_only(string down)
    {
        var script = Parsed.Script($"CREATE TABLE a ();\n-- DOWN:\n{down}\n");

        Assert.Empty(script.Up.Problems);
        Assert.Equal(3, Assert.Single(script.Down!.Problems).Line);
    }
}
