using System.Text;
using CsCheck;
using PhaserAI.Migrations.Sql;
using Xunit;

namespace PhaserAI.Migrations.Tests.Sql;

public sealed class StatementSplitterTests
{
    [Theory]
    [InlineData("SELECT 1; SELECT 2", "SELECT 1 | SELECT 2")]
    [InlineData(";; ; /* ; */ -- ;\n;", "")]
    [InlineData(" -- a\n SELECT /* b */ 1 -- c\n ; ", "SELECT /* b */ 1")]
    [InlineData("CREATE RULE r AS ON INSERT TO t DO (a; b); c", "CREATE RULE r AS ON INSERT TO t DO (a; b) | c")]
    [InlineData("SELECT 1); SELECT 2", "SELECT 1) | SELECT 2")]
    [InlineData("\v\fSELECT\v1;", "SELECT\v1")]
    public void Semicolon_outside_parentheses_ends_a_statement(string script, string statements) =>
        Assert.Equal(statements, Statements(script));

    [Theory]
    [InlineData("CREATE FUNCTION f() BEGIN ATOMIC a; b; END; c", "CREATE FUNCTION f() BEGIN ATOMIC a; b; END | c")]
    [InlineData("CREATE OR REPLACE PROCEDURE f() begin -- x\n atomic a; end; c", "CREATE OR REPLACE PROCEDURE f() begin -- x\n atomic a; end | c")]
    [InlineData("CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END END; b; END; c",
        "CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN CASE b WHEN 1 THEN 2 END END; b; END | c")]
    [InlineData("CREATE FUNCTION f() BEGIN ATOMIC SELECT \"end\", (end), 'end'; b; END; c",
        "CREATE FUNCTION f() BEGIN ATOMIC SELECT \"end\", (end), 'end'; b; END | c")]
    public void Body_of_begin_atomic_holds_semicolons(string script, string statements) => Assert.Equal(statements, Statements(script));

    [Theory]
    [InlineData("CREATE FUNCTION begin() RETURNS int AS 'x'; c", "CREATE FUNCTION begin() RETURNS int AS 'x' | c")]
    [InlineData("CREATE FUNCTION f(atomic int) RETURNS atomic AS 'x'; c", "CREATE FUNCTION f(atomic int) RETURNS atomic AS 'x' | c")]
    [InlineData("CREATE FUNCTION f() BEGIN ATOMIC SELECT begin FROM t; b; END; c", "CREATE FUNCTION f() BEGIN ATOMIC SELECT begin FROM t; b; END | c")]
    [InlineData("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1 AS end, t.case; b; END; c",
        "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1 AS end, t.case; b; END | c")]
    public void Names_that_psql_takes_for_a_body_are_read_right(string script, string statements) =>
        Assert.Equal(statements, Statements(script));

    [Theory]
    [InlineData("CREATE VIEW v AS BEGIN ATOMIC a; b", "CREATE VIEW v AS BEGIN ATOMIC a | b")]
    [InlineData("CREATE TABLE function (a int) BEGIN ATOMIC; b", "CREATE TABLE function (a int) BEGIN ATOMIC | b")]
    [InlineData("CREATE OR x FUNCTION f() BEGIN ATOMIC; b", "CREATE OR x FUNCTION f() BEGIN ATOMIC | b")]
    [InlineData("ALTER FUNCTION f() BEGIN ATOMIC; b", "ALTER FUNCTION f() BEGIN ATOMIC | b")]
    public void Only_functions_and_procedures_have_such_a_body(string script, string statements) =>
        Assert.Equal(statements, Statements(script));

    [Theory]
    [InlineData("SELECT 1; \\echo a;  \nSELECT 2 \\gset\nSELECT 3\n\\g", "SELECT 1 | \\echo a; | SELECT 2 | \\gset | SELECT 3 | \\g", "")]
    [InlineData("DELETE FROM t \\echo x\nWHERE a", "DELETE FROM t | \\echo x | WHERE a", "14 \\echo stands inside an unfinished statement.")]
    [InlineData("SELECT (1 \\gx\nSELECT 2", "SELECT (1 | \\gx | SELECT 2", "7 The parenthesis opened here is never closed.")]
    public void Meta_command_ends_what_stands_before_it(string script, string statements, string problems)
    {
        Assert.Equal(statements, Statements(script));
        Assert.Equal(problems, Problems(script));
    }

    [Theory]
    [InlineData("\\d+ t", "\\d+")]
    [InlineData("\\\\ SELECT", "\\")]
    [InlineData("\\i\tfile", "\\i")]
    [InlineData("\\echo\\echo", "\\echo")]
    [InlineData("\\;SELECT 1", "\\;")]
    public void Meta_command_is_named_with_its_backslash(string script, string command)
    {
        var statement = Assert.Single(Split(script).Statements);

        Assert.Equal((StatementKind.MetaCommand, command, false), (statement.Kind, statement.Command, statement.ReturnsRows));
    }

    [Theory]
    [InlineData("SELECT 1; SELECT 'a", "17 The string that begins here never ends.")]
    [InlineData("SELECT E'a\\'", "7 The string that begins here never ends.")]
    [InlineData("SELECT \"a;\n", "7 The quoted identifier that begins here never ends.")]
    [InlineData("SELECT 1; /* a /* */", "10 The comment that begins here never ends.")]
    [InlineData("SELECT (1; SELECT (2);", "7 The parenthesis opened here is never closed.")]
    [InlineData("SELECT ((1);", "7 The parenthesis opened here is never closed.")]
    [InlineData("CREATE FUNCTION f() BEGIN ATOMIC a;", "20 The BEGIN ATOMIC body that begins here never ends.")]
    [InlineData("SELECT 1;\0 SELECT\0", "9 PostgreSQL can't take a zero byte in a script.")]
    [InlineData("REINDEX (\"", "8 The parenthesis opened here is never closed. | 9 The quoted identifier that begins here never ends.")]
    [InlineData("SELECT $a$ b; $$", "7 The dollar-quoted string that begins here never ends.")]
    [InlineData("SELECT 1 | \u0001;", "")]
    public void What_never_ends_is_reported_where_it_begins(string script, string problems) => Assert.Equal(problems, Problems(script));

    [Fact]
    public void Rows_of_one_statement_are_not_expected_of_the_next() => Assert.Equal(
        [true, false], Split("DELETE FROM t RETURNING a; DELETE FROM t").Statements.Select(static statement => statement.ReturnsRows));

    [Fact]
    public void Mend_of_a_dollar_string_names_its_tag() =>
        Assert.Equal("Close it with $tag$, exactly as it is opened.", Assert.Single(Split("DO $tag$ x").Problems).Mend);

    [Fact]
    public void Problems_come_in_the_order_of_the_text() =>
        Assert.Equal("7 The parenthesis opened here is never closed. | 12 The string that begins here never ends. | "
            + "17 PostgreSQL can't take a zero byte in a script.", Problems("SELECT (1, \n'abcd\0"));

    [Fact]
    public void Line_comments_are_kept_where_a_section_may_begin()
    {
        const string Script = "-- 1\nSELECT -- 2\n(1 -- no\n) -- 3\n; CREATE FUNCTION f() BEGIN ATOMIC -- no\nEND; -- 4\n'-- no' /* -- no */ COPY";

        Assert.Equal("-- 1 | -- 2 | -- 3 | -- 4", Texts(Script, Split(Script).LineComments.Select(static comment => (comment.Start, comment.Length))));
    }

    [Fact]
    public void Offsets_are_those_of_the_whole_text()
    {
        var text = "x'; SELECT 1; COPY t FROM stdin;\n1\n\\.\n-- a\n(2;3"u8;

        var split = StatementSplitter.Split(text, 4, text.Length - 2);

        Assert.Equal([(4, 8, 0, 0), (14, 17, 33, 2), (43, 2, 0, 0)],
            split.Statements.Select(static statement => (statement.Start, statement.Length, statement.DataStart, statement.DataLength)));
        Assert.Equal([38], split.LineComments.Select(static comment => comment.Start));
        Assert.Equal([43], split.Problems.Select(static problem => problem.Offset));
    }

    [Fact]
    public void Statement_alone_is_that_one_statement() => SqlTexts.Scripts.Sample(
        script =>
        {
            foreach (var statement in Texts(script))
                Assert.Equal([statement], Texts(statement));
        },
        iter: 5_000);

    [Fact]
    public void Statements_put_together_again_are_the_same() => SqlTexts.Scripts
        .Where(static script => Split(script) is { Problems.IsEmpty: true } split
            && split.Statements.All(static statement => statement.Kind is not StatementKind.MetaCommand))
        .Sample(script => Assert.Equal(Texts(script), Texts(string.Join(";\n", Texts(script)))), iter: 5_000);

    [Fact]
    public void Any_bytes_at_all_are_cut() => Gen.OneOf(Gen.Byte.Array[0, 60], SqlTexts.Commands.Select(Encoding.UTF8.GetBytes)).Sample(
        static bytes =>
        {
            var end = 0;
            foreach (var statement in StatementSplitter.Split(bytes, 0, bytes.Length).Statements)
            {
                Assert.InRange(statement.Start, end, bytes.Length - 1);
                Assert.InRange(statement.End, statement.Start + 1, bytes.Length);
                end = statement.End;
            }
        },
        iter: 30_000);

    [Fact]
    public void Part_of_a_script_is_what_that_part_is_alone() => Gen.Select(Gen.OneOf(SqlTexts.Scripts, SqlTexts.Commands), Gen.OneOf(SqlTexts.Scripts, SqlTexts.Commands)).Sample(
        static (before, after) =>
        {
            var bytes = Encoding.UTF8.GetBytes($"{before}\n-- DOWN:\n{after}");
            var (start, end) = (Encoding.UTF8.GetByteCount(before) + 1, Encoding.UTF8.GetByteCount(before) + 9);
            var whole = StatementSplitter.Split(bytes, 0, bytes.Length);
            if (!whole.LineComments.Any(comment => comment.Start == start))
                return; // it is no comment there
            AssertSame(StatementSplitter.Split(bytes, 0, start), whole.Part(bytes, 0, start));
            AssertSame(StatementSplitter.Split(bytes, end, bytes.Length), whole.Part(bytes, end, bytes.Length));
        },
        iter: 30_000);

    private static void AssertSame(SplitScript expected, SplitScript actual)
    {
        Assert.Equal(expected.Statements, actual.Statements);
        Assert.Equal(expected.Problems, actual.Problems);
        Assert.Equal(expected.LineComments, actual.LineComments);
    }

    [Fact]
    public void A_list_gives_back_what_was_put_in()
    {
        SqlStatement[] statements =
        [
            .. Enumerable.Range(0, 10_000).Select(i => i % 100 == 7
                ? new SqlStatement(i * 10, 5, StatementKind.CopyFromStdin, ReturnsRows: false, "COPY FROM STDIN", (i * 10) + 6, i % 3)
                : new SqlStatement(i * 10, 5, (StatementKind)(i % 5), i % 2 == 0, i % 50 == 0 ? $"WORD {i}" : "SELECT")),
        ];

        StatementList list = [.. statements];

        Assert.Equal(statements, list);
        Assert.Equal(statements[4_090..4_100], list[4_090..4_100]);
        Assert.Equal(statements[^1], list[^1]);
        Assert.Equal([0, 0, 1, 5_000, 10_000], new[] { -1, 0, 1, 50_000, 1_000_000 }.Select(list.CountBefore));
        Assert.Throws<ArgumentOutOfRangeException>(() => list[1..3][2]);
        Assert.Empty(list[..0]);
    }

    private static string Statements(string script) => string.Join(" | ", Texts(script));

    private static string Problems(string script) =>
        string.Join(" | ", Split(script).Problems.Select(static problem => $"{problem.Offset} {problem.Message}"));

    private static string[] Texts(string script) =>
        [.. Split(script).Statements.Select(statement => Text(script, statement.Start, statement.Length))];

    private static string Texts(string script, IEnumerable<(int Start, int Length)> parts) =>
        string.Join(" | ", parts.Select(part => Text(script, part.Start, part.Length)));

    private static string Text(string script, int start, int length) =>
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(script), start, length);

    private static SplitScript Split(string script)
    {
        var bytes = Encoding.UTF8.GetBytes(script);
        return StatementSplitter.Split(bytes, 0, bytes.Length);
    }
}
