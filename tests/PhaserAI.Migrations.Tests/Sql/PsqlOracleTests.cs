using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using PhaserAI.Migrations.Sql;
using Xunit;

namespace PhaserAI.Migrations.Tests.Sql;

/// <summary>psql and the splitter must cut every script at the same places.</summary>
public sealed partial class PsqlOracleTests
{
    private const string Folder = "Sql/Fixtures";
    private const string BlockComment = @"/\*(?>(?:[^*/]|\*(?!/)|/(?!\*)|(?<open>/\*)|(?<-open>\*/))*)(?(open)(?!))\*/";

    public static TheoryData<string> Fixtures() =>
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, Folder), "*.sql").Select(static file => Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Fixtures))]
    public async Task Fixture_is_cut_as_psql_cuts_it(string name)
    {
        var script = await File.ReadAllBytesAsync(
            Path.Combine(AppContext.BaseDirectory, Folder, name), TestContext.Current.CancellationToken);

        await AssertSameAsync(script, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Carriage_returns_are_read_as_psql_reads_them()
    {
        var script = "SELECT 1;\r\nSELECT 2 -- comment\r\n;\r\nCOPY t FROM stdin;\r\n1;\r\n\\.\r\nSELECT 'a;\r\nb';\r\n-- one\rSELECT 3;\rSELECT 4"u8;

        await AssertSameAsync(script.ToArray(), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Random_script_is_cut_as_psql_cuts_it()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var scripts = SqlTexts.Scripts.Where(IsComparable);

        await scripts.SampleAsync(
            async script => await AssertSameAsync(Encoding.UTF8.GetBytes(script), cancellationToken), iter: 100);
    }

    // A quote too many can turn a backslash into a meta-command, which psql would run.
    private static bool IsComparable(string script) => !Cut(Encoding.UTF8.GetBytes(script))
        .Any(static statement => statement.Kind == StatementKind.MetaCommand);

    private static async Task AssertSameAsync(byte[] script, CancellationToken cancellationToken)
    {
        var theirs = (await Psql.QueriesAsync(script, cancellationToken))
            .Select(WithoutEmptyLines).Where(static query => !Nothing().IsMatch(query)).ToArray();
        var ours = Cut(script).Where(static statement => statement.Kind != StatementKind.MetaCommand)
            .Select(statement => WithoutEmptyLines(Encoding.UTF8.GetString(script, statement.Start, statement.Length))).ToArray();

        Assert.Equal(theirs.Select((query, index) => index < ours.Length && IsSame(query, ours[index]) ? ours[index] : query), ours);
    }

    private static StatementList Cut(byte[] script) => StatementSplitter.Split(script, 0, script.Length).Statements;

    // psql sends the comments around a statement too, and its semicolon.
    private static bool IsSame(string query, string statement)
    {
        var start = query.IndexOf(statement, LeadingTrivia().Match(query).Length, StringComparison.Ordinal);
        return start == LeadingTrivia().Match(query).Length && Nothing().IsMatch(query[(start + statement.Length)..]);
    }

    // psql leaves out empty lines between tokens, and the last line's end.
    private static string WithoutEmptyLines(string text) => NewLines().Replace(text, "\n").TrimEnd('\n');

    [GeneratedRegex(@"\n+")]
    private static partial Regex NewLines();

    [GeneratedRegex(@"\A(?>(?:[ \t\n\r\f\v]|--[^\n\r]*|" + BlockComment + ")*)")]
    private static partial Regex LeadingTrivia();

    [GeneratedRegex(@"\A(?>(?:[ \t\n\r\f\v;]|--[^\n\r]*|" + BlockComment + @")*)(/\*.*)?\z", RegexOptions.Singleline)]
    private static partial Regex Nothing();
}
