using System.Text;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Tests.Sql;
using Xunit;

namespace PhaserAI.Migrations.Tests.Scripts;

/// <summary>Variables and included files. What psql sends for a script is what we send.</summary>
public sealed class ScriptExpansionTests : IDisposable
{
    private readonly MigrationFolder _folder = new();

    [Theory]
    [InlineData("\\set t users\nSELECT :t, a.:t, :t.b, x:t;", "SELECT users, a.users, users.b, xusers")]
    [InlineData("\\set v 'it''s'\nSELECT :'v', :\"v\";", "SELECT 'it''s', \"it's\"")]
    [InlineData("\\set v 'it''s \"a\" \\\\ \\n\\t\\x41\\101\\q'\nSELECT :'v', :\"v\";", null)]
    [InlineData("\\set v a b  'c d' \"e f\" g\nSELECT :'v';", "SELECT 'abc d\"e f\"g'")]
    [InlineData("\\set v\nSELECT 1:v;\n\\unset v\nSELECT 2:v;", "SELECT 1", "SELECT 2:v")]
    [InlineData("\\set v 1\nSELECT ':v', \":v\", $$ :v $$, E':v', $q$:v$q$ -- :v\n/* :v */, :v;", null)]
    [InlineData("\\set v int\n\\set i 2\nSELECT '1'::v, '1'::int, a[1:i], a[:i::int], x:=:i, :v :: :v;", null)]
    [InlineData("\\set v 1\nSELECT :w, :'w', :\"w\", :, ':v', \":v\", :'v ', :\" v\", :E'v', :{?v}, :{?w}, :{?, :{v}, :{?v;", null)]
    [InlineData("\\set ä 'x.y'\n\\set 1 one\nSELECT :ä, :'ä', :1, :1a;", "SELECT x.y, 'x.y', one, :1a")]
    [InlineData("\\set a :b\n\\set b 1\nSELECT :a;\n\\set c :b\n\\set b 2\nSELECT :c, :b;", "SELECT 1", "SELECT 1, 2")]
    [InlineData("\\set a '1, :a, :b'\n\\set b '2, :a'\nSELECT :a;", "SELECT 1, :a, 2, :a")]
    [InlineData("\\set a x\n\\set b :'a' :\"a\" :{?a}y :{?n} :n ::a\nSELECT :'b';", null)]
    [InlineData("\\set two 'SELECT 1; SELECT 2'\n:two;", "SELECT 1", "SELECT 2")]
    [InlineData("SELECT 1,\n\\set v 2\n:v\n\\unset v\n;\nSELECT :v;", "SELECT 1,\n\n2", "SELECT :v")]
    [InlineData("\\set f f\nCREATE FUNCTION :f() RETURNS int BEGIN ATOMIC SELECT :'f'; SELECT (:f); END; SELECT 1", null)]
    [InlineData("\\set v 1;\nSELECT :v SELECT 2;", "SELECT 1", "SELECT 2")]
    [InlineData("\\set t x\nCOPY :t FROM stdin;\n:t\n\\.\nSELECT :'t';", "COPY x FROM stdin", "SELECT 'x'")]
    [InlineData("SET standard_conforming_strings = off;\n\\set v 1\nSELECT 'a\\':v', :v;", null)]
    [InlineData("SELECT :{?v};", "SELECT FALSE")]
    public async Task Variables_are_replaced_as_psql_replaces_them(string script, params string[]? statements)
    {
        var parsed = Parsed.Script(script);
        Assert.Empty(parsed.Up.Problems);
        var ours = Parsed.Statements(parsed.Up);
        if (statements is not null)
            Assert.Equal(statements, ours);

        var theirs = await Psql.QueriesAsync(Encoding.UTF8.GetBytes(script + "\n"), TestContext.Current.CancellationToken);

        Assert.Equal(theirs.Select(Bare).Where(query => query.Length > 0), ours.Select(Bare));
    }

    private static string Bare(string query) => query.TrimEnd().TrimEnd(';').Replace("\n\n", "\n", StringComparison.Ordinal).Trim();

    [Fact]
    public void A_script_without_variables_and_includes_is_not_touched()
    {
        var script = Parsed.Script("\\timing on\nSELECT :v, '::';\n-- DOWN:\nSELECT 1;\n");

        Assert.Same(script.Text, script.Up.Text);
        Assert.Same(script.Text, script.Down?.Text);
    }

    [Fact]
    public void A_variable_holds_to_the_end_of_the_file()
    {
        var script = Parsed.Script("\\set t a\n\\timing\n-- UP:\n\\set n 1\nINSERT INTO :t VALUES (:n);\n-- DOWN:\n-- \\set n 2\n-- DELETE FROM :t WHERE b = :n;\n");

        Assert.Empty(script.Problems);
        Assert.Equal(["INSERT INTO a VALUES (1)"], Parsed.Statements(script.Up));
        Assert.Equal(["DELETE FROM a WHERE b = 2"], Parsed.Statements(script.Down));
    }

    [Fact]
    public void Positions_are_those_of_the_file_as_it_is_written()
    {
        var script = Parsed.Script("\\set long 'a much longer name'\nSELECT :'long', :long, x;\nSELECT\n  :long;\n-- DOWN:\n-- SELECT :'long', y;\n");
        var (up, down) = (script.Up.Text, script.Down!.Text);

        Assert.Equal((2, 24), up.GetPosition(up.Bytes.IndexOf("x;"u8)));
        Assert.Equal((2, 8), up.GetPosition(up.Bytes.IndexOf("much"u8)));
        Assert.Equal((2, 17), up.GetPosition(up.Bytes.LastIndexOf("name, x"u8)));
        Assert.Equal((3, 1), up.GetPosition(script.Up.Statements[1].Start));
        Assert.Equal((6, 20), down.GetPosition(down.Bytes.IndexOf("y;"u8)));
    }

    [Theory]
    [InlineData("\\set v `date`\n", "backquotes")]
    [InlineData("\\set v 'x\n", "never ends")]
    [InlineData("\\set a-b 1\n", "no name of a variable")]
    [InlineData("\\unset\n", "no name of a variable")]
    [InlineData("\\set v 1 \\set w 2\n", "more follows")]
    [InlineData("\\set v 1 \\\\ SELECT 1;\n", "more follows")]
    [InlineData("\\set AUTOCOMMIT off\n", "AUTOCOMMIT")]
    [InlineData("\\unset AUTOCOMMIT\n", "AUTOCOMMIT")]
    [InlineData("\\set ON_ERROR_STOP 0\n", "first error")]
    [InlineData("\\set ON_ERROR_ROLLBACK on\n", "goes on after")]
    [InlineData("\\set SINGLELINE\n", "SINGLELINE")]
    [InlineData("\\set v '''a'\nSELECT :v;", "ends inside a string")]
    [InlineData("\\set v '\\\\! date'\nSELECT :v;", "command of psql")]
    [InlineData("\\i\n", "names no file")]
    [InlineData("\\i ../x.sql\n", "leads out")]
    [InlineData("\\ir sub/../../x.sql\n", "leads out")]
    [InlineData("\\i /etc/passwd\n", "no path below")]
    [InlineData("\\i x.sql\n", "stands in the folder of migrations itself")]
    [InlineData("\\i sub/../x.sql\n", "stands in the folder of migrations itself")]
    [InlineData("\\i sub/none.sql\n", "there is no such file")]
    [InlineData("\\i sub\n", "stands in the folder of migrations itself")]
    [InlineData("\\i sub/folder\n", "can't be included")]
    [InlineData("\\i sub/linked.sql\n", "leads out")]
    [InlineData("\\i sub/away/x.sql\n", "leads out")]
    [InlineData("\\i sub/circle.sql\n", "too many symbolic links")]
    [InlineData("SELECT 1\n\\i sub/a.sql\n", "unfinished statement")]
    public void What_can_not_be_done_is_refused_with_its_line(string script, string message)
    {
        WriteSub("a.sql", "SELECT 1;");
        _folder.Write("x.sql", "SELECT 1;");
        File.WriteAllText(Path.Combine(_folder.Project, "x.sql"), "SELECT 1;");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "sub", "folder"));
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "sub", "linked.sql"), Path.Combine("..", "..", "..", "x.sql"));
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "sub", "away"), _folder.Project);
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "sub", "circle.sql"), "circle.sql");

        var up = Script(script).Up;

        var problem = Assert.Single(up.Problems);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.Equal(script.StartsWith("\\set v '", StringComparison.Ordinal) && script.Contains(":v", StringComparison.Ordinal) || script[0] == 'S' ? 2 : 1, problem.Line);
        Assert.NotEmpty(problem.Mend);
    }

    [Fact]
    public async Task Included_files_are_read_as_psql_reads_them()
    {
        WriteSub("a.sql", "\uFEFF\\set n 7\n\\ir deeper/b.sql\nSELECT 'a', :n");
        WriteSub("deeper/b.sql", "SELECT 'b', :n;\n\\ir ../c.sql");
        WriteSub("c.sql", "COPY t FROM stdin;\n1\n\\.\n-- the end");
        const string Script = "SELECT 0;\n\\ir sub/a.sql\nSELECT :n;\n\\ir 'sub/c.sql';\nSELECT 9";

        var up = this.Script(Script.Replace(@"\ir", @"\i", StringComparison.Ordinal)).Up;

        Assert.Empty(up.Problems);
        Assert.Equal(["SELECT 0", "SELECT 'b', 7", "COPY t FROM stdin", "SELECT 'a', 7", "SELECT 7", "COPY t FROM stdin", "SELECT 9"], Parsed.Statements(up));
        Assert.Equal(
            ["f.sql:1:1", "sub/deeper/b.sql:1:1", "sub/c.sql:1:1", "sub/a.sql:3:1", "f.sql:3:1", "sub/c.sql:1:1", "f.sql:5:1"],
            up.Statements.Select(statement => up.Text.GetPlace(statement.Start)).Select(place => $"{place.File}:{place.Line}:{place.Column}"));
        var theirs = await Psql.QueriesAsync(
            Encoding.UTF8.GetBytes(Script.Replace("sub/", Path.Combine(_folder.Path, "sub/"), StringComparison.Ordinal) + "\n"), TestContext.Current.CancellationToken);
        Assert.Equal(theirs.Select(query => query.Trim('\n', ';')), Parsed.Statements(up));
    }

    [Theory]
    [InlineData("SELECT 1;\n-- DOWN:\nDROP TABLE t;\n", 2, "no sections of its own")]
    [InlineData("SELECT 'open;\n", 1, "never ends")]
    [InlineData("SELECT 1;\n\\ir a.sql\n", 2, "would include itself")]
    [InlineData("\n\\i sub/none.sql\n", 2, "no such file")]
    public void Problems_of_an_included_file_are_shown_in_it(string text, int line, string message)
    {
        WriteSub("a.sql", text);

        var problem = Assert.Single(Script("\\i sub/a.sql\n").Up.Problems);

        Assert.Equal(("sub/a.sql", line), (problem.File, problem.Line));
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.Equal(text.Split('\n')[line - 1], problem.Excerpt);
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_found_in_an_included_file()
    {
        WriteSub("a.sql", "");
        File.WriteAllBytes(Path.Combine(_folder.Path, "sub", "a.sql"), [.. "SELECT '"u8, 0xE9, .. "';"u8]);

        Assert.Equal(("sub/a.sql", 1, 9), Script("\\i sub/a.sql\n").Up.Problems.Select(problem => (problem.File, problem.Line, problem.Column)).Single());
    }

    [Fact]
    public void Included_text_is_part_of_the_checksums_and_of_the_stored_text()
    {
        const string Text = "\\set n 1\n\\i sub/a.sql\n-- DOWN:\n-- \\ir sub/b.sql\n";
        WriteSub("a.sql", "SELECT :n; -- a");
        WriteSub("b.sql", "SELECT 2;");
        var first = Script(Text);
        WriteSub("a.sql", "SELECT :n; -- another comment");
        var comment = Script(Text);
        WriteSub("a.sql", "SELECT :n, 2;");
        var other = Script(Text);
        var otherVariable = Script(Text.Replace("n 1", "n 2", StringComparison.Ordinal));

        Assert.NotEqual(first.Checksum, comment.Checksum);
        Assert.Equal(first.TokenChecksum, comment.TokenChecksum);
        Assert.Equal(4, new[] { first, comment, other, otherVariable }.Select(script => script.Checksum).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(3, new[] { first, comment, other, otherVariable }.Select(script => script.TokenChecksum).Distinct(StringComparer.Ordinal).Count());
        Assert.Contains("SELECT 1, 2;", other.Up.GetString(), StringComparison.Ordinal);
        Assert.Contains("SELECT 2;", other.Down?.GetString(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private void WriteSub(string name, string text)
    {
        var file = Path.Combine(_folder.Path, "sub", name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private ParsedScript Script(string text) =>
        ScriptParser.Parse(new SourceText("f.sql", Encoding.UTF8.GetBytes(text)), new IncludeFolder(_folder.Path, ""));
}
