using System.Text;
using PhaserAI.Migrations.Sql;
using Xunit;

namespace PhaserAI.Migrations.Tests.Sql;

public sealed class CopyDataTests
{
    [Theory]
    [InlineData("COPY t FROM stdin;\n1;\n2'\n\\.\nSELECT 1;", "1;\n2'\n")]
    [InlineData("COPY t (a, \"b\") FROM STDIN WITH (FORMAT csv);\n\\.\nSELECT 1;", "")]
    [InlineData("copy t from stdin\n; -- a\n1\n\\.\nSELECT 1;", "1\n")]
    [InlineData("COPY t FROM stdin;\r\n1\r\n\\.\r\nSELECT 1;", "1\r\n")]
    [InlineData("COPY t FROM stdin;\n\\.x\n \\.\n\\\\.\n\\.\\.\n\\.\r\r\n\\.\nSELECT 1;", "\\.x\n \\.\n\\\\.\n\\.\\.\n\\.\r\r\n")]
    [InlineData("COPY t FROM stdout;\n1\n\\.\nSELECT 1;", "1\n")]
    public void Data_end_before_the_line_of_backslash_and_point(string script, string data)
    {
        var split = Split(script);

        Assert.Empty(split.Problems);
        Assert.Equal([StatementKind.CopyFromStdin, StatementKind.Transactional], split.Statements.Select(static statement => statement.Kind));
        Assert.Equal(data, Data(script, split.Statements[0]));
        Assert.Equal("SELECT", split.Statements[1].Command);
    }

    [Theory]
    [InlineData("COPY t FROM stdin;\n1\n\\.", "1\n")]
    [InlineData("COPY t FROM stdin;\n1\n\\.\r", "1\n")]
    public void Last_line_of_the_script_may_end_the_data(string script, string data)
    {
        var split = Split(script);

        Assert.Empty(split.Problems);
        Assert.Equal(data, Data(script, Assert.Single(split.Statements)));
    }

    [Theory]
    [InlineData("SELECT 1; COPY t FROM stdin;\n1\nSELECT 2;\n", "1\nSELECT 2;\n")]
    [InlineData("SELECT 1; COPY t FROM stdin;", "")]
    [InlineData("SELECT 1; COPY t FROM stdin", "")]
    [InlineData("SELECT 1; COPY t FROM stdin;\n\\.x", "\\.x")]
    public void Data_that_never_end_are_a_problem_of_their_statement(string script, string data)
    {
        var split = Split(script);

        Assert.Equal((10, "The data of COPY … FROM STDIN never end."), Assert.Single(split.Problems) is var problem ? (problem.Offset, problem.Message) : default);
        Assert.Equal(data, Data(script, split.Statements[1]));
    }

    [Theory]
    [InlineData("COPY t FROM stdin; SELECT 1;\n1\n\\.\nSELECT 2;", 19)]
    [InlineData("COPY t FROM stdin; -- a\n1\n\\.\nSELECT 2;", -1)]
    [InlineData("COPY t FROM stdin; /* a */ \t\n1\n\\.\nSELECT 2;", -1)]
    [InlineData("COPY t FROM stdin; /* a\n1\n\\.\nSELECT 2;", 19)]
    [InlineData("COPY t FROM stdin; \\echo a\n1\n\\.\nSELECT 2;", 19)]
    public void Only_a_comment_may_follow_the_statement_on_its_line(string script, int problem)
    {
        var split = Split(script);

        Assert.Equal(problem < 0 ? [] : [problem], split.Problems.Select(static found => found.Offset));
        Assert.Equal(["COPY FROM STDIN", "SELECT"], split.Statements.Select(static statement => statement.Command));
        Assert.Equal("1\n", Data(script, split.Statements[0]));
    }

    [Fact]
    public void Comments_on_the_line_of_the_statement_are_kept_and_those_in_the_data_are_not() => Assert.Equal(
        ["-- a", "-- c"], Split("COPY t FROM stdin; -- a\n-- b\n\\.\n-- c\n").LineComments.Select(static comment => comment switch
        {
            { Start: 19, Length: 4 } => "-- a",
            { Start: 32, Length: 4 } => "-- c",
            _ => comment.ToString(),
        }));

    [Theory]
    [InlineData("COPY t FROM '/tmp/stdin'; SELECT 1", "Transactional")]
    [InlineData("COPY t FROM PROGRAM 'stdin'; SELECT 1", "Transactional")]
    [InlineData("COPY \"from\" (\"stdin\") TO '/tmp/x'; SELECT 1", "Transactional")]
    [InlineData("COPY (SELECT a FROM stdin) TO '/tmp/x'; SELECT 1", "Transactional")]
    [InlineData("COPY t FROM \"stdin\"; SELECT 1", "Transactional")]
    [InlineData("COPY (SELECT a FROM t) TO STDOUT; SELECT 1", "CopyToStdout")]
    [InlineData("COPY t (a) TO stdout (FORMAT csv); SELECT 1", "CopyToStdout")]
    public void Other_copies_have_no_data(string script, string kind)
    {
        var split = Split(script);

        Assert.Empty(split.Problems);
        Assert.Equal([kind, "Transactional"], split.Statements.Select(static statement => statement.Kind.ToString()));
        Assert.Equal((0, 0), (split.Statements[0].DataStart, split.Statements[0].DataLength));
    }

    [Fact]
    public void Data_with_their_end_are_one_token()
    {
        var lexer = new SqlLexer("1\n\\.\nx"u8, 0, 6, standardConformingStrings: true);

        Assert.Equal(new SqlToken(SqlTokenKind.CopyData, 0, 5), lexer.ReadCopyData());
        Assert.True(lexer.TryRead(out var next));
        Assert.Equal(new SqlToken(SqlTokenKind.Word, 5, 1), next);
    }

    private static string Data(string script, SqlStatement statement) =>
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(script), statement.DataStart, statement.DataLength);

    private static SplitScript Split(string script)
    {
        var bytes = Encoding.UTF8.GetBytes(script);
        return StatementSplitter.Split(bytes, 0, bytes.Length);
    }
}
