using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

public sealed class DriftTests
{
    private static readonly HistorySnapshot First = Planned.History(Planned.Script(1, "SELECT 1; -- a"));

    public static TheoryData<DriftAction> Actions => [DriftAction.Allow, DriftAction.Warn, DriftAction.Fail];

    [Theory]
    [MemberData(nameof(Actions))]
    public void Changed_file_is_reported_as_the_policy_says(DriftAction action) =>
        AssertReported(action, "migrations/20250101_000001_m1.sql", Planned.Scripts("SELECT 2; -- a"), First, new DriftPolicy(action, DriftAction.Fail, DriftAction.Fail));

    [Theory]
    [MemberData(nameof(Actions))]
    public void Missing_file_is_reported_as_the_policy_says(DriftAction action) =>
        AssertReported(action, "migrations", Planned.Scripts(), First, new DriftPolicy(DriftAction.Fail, action, DriftAction.Fail));

    [Theory]
    [MemberData(nameof(Actions))]
    public void Older_pending_file_is_reported_as_the_policy_says(DriftAction action)
    {
        var scripts = Planned.Scripts("SELECT 1;", "SELECT 2;");
        AssertReported(action, "migrations/20250101_000001_m1.sql", scripts, Planned.History(scripts.Scripts[1]), new DriftPolicy(DriftAction.Fail, DriftAction.Fail, action));
    }

    [Fact]
    public void Edited_comment_only_warns()
    {
        var plan = Planned.Up(Planned.Scripts("SELECT  1; -- b"), First, policy: DriftPolicy.Strict);

        Assert.Empty(plan.Problems);
        Assert.Single(plan.Findings);
    }

    [Fact]
    public void Edited_down_in_comments_only_warns()
    {
        var history = Planned.History(Planned.Script(1, "SELECT 1;\n-- DOWN:\n-- SELECT 2;"));

        var plan = Planned.Up(Planned.Scripts("SELECT 1;\n-- DOWN:\n-- SELECT 3;"), history, policy: DriftPolicy.Strict);

        Assert.Empty(plan.Problems);
        Assert.Single(plan.Findings);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0123456789abcdef0123456789abcdef")]
    public void Row_of_an_older_runner_is_adopted(string? checksum)
    {
        var entry = First.Entries[0] with { Checksum = checksum, TokenChecksum = null };

        var plan = Planned.Up(Planned.Scripts("SELECT 2;"), new HistorySnapshot([entry], []), policy: DriftPolicy.Strict);

        Assert.Empty(plan.Problems);
        Assert.Empty(plan.Findings);
        Assert.Empty(plan.Migrations);
    }

    [Fact]
    public void Without_a_token_checksum_the_text_decides()
    {
        var entry = First.Entries[0] with { TokenChecksum = null };

        Assert.Single(Planned.Up(Planned.Scripts("SELECT 1; -- b"), new HistorySnapshot([entry], []), policy: DriftPolicy.Strict).Problems);
        Assert.Empty(Planned.Up(Planned.Scripts("SELECT 1; -- a"), new HistorySnapshot([entry], []), policy: DriftPolicy.Strict).Problems);
    }

    [Fact]
    public void Order_beyond_the_target_does_not_matter()
    {
        var scripts = Planned.Scripts("SELECT 1;", "SELECT 2;", "SELECT 3;");
        var history = Planned.History(scripts.Scripts[0], scripts.Scripts[2]);

        Assert.Empty(Planned.Up(scripts, history, Planned.V(1), DriftPolicy.Strict).Problems);
        Assert.Single(Planned.Up(scripts, history, Planned.V(2), DriftPolicy.Strict).Problems);
    }

    [Fact]
    public void Row_of_another_tool_has_no_place_in_the_order()
    {
        var other = new HistoryEntry("zebra", null, null, null, null, null);

        Assert.Empty(Planned.Up(Planned.Scripts("SELECT 1;"), new HistorySnapshot([other], []), policy: DriftPolicy.Strict with { Missing = DriftAction.Allow }).Problems);
    }

    [Fact]
    public void Problem_that_an_edit_has_brought_into_an_applied_file_is_a_finding()
    {
        var scripts = Planned.Scripts("SELECT 1;\n-- DOWN\n-- DOWN\n");
        var edited = new HistorySnapshot([Planned.Entry(scripts.Scripts[0]) with { Checksum = new string('0', 64) }], []);

        var plan = Planned.Up(scripts, edited, policy: DriftPolicy.Strict);

        Assert.Empty(plan.Problems);
        Assert.Contains(plan.Findings, finding => finding.Line == 3);
    }

    private static void AssertReported(DriftAction action, string file, ScriptSet scripts, HistorySnapshot history, DriftPolicy policy)
    {
        var plan = Planned.Up(scripts, history, policy: policy);

        Assert.Equal(action is DriftAction.Fail ? [file] : [], plan.Problems.Select(problem => problem.File));
        Assert.Equal(action is DriftAction.Warn ? [file] : [], plan.Findings.Select(finding => finding.File));
    }
}
