using PhaserAI.Migrations.History;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

public sealed class EmptyUpTests
{
    [Theory]
    [InlineData("")]
    [InlineData("-- Migration: to be written\n-- UP:\n-- DOWN:\n")]
    public void A_file_without_any_statement_is_refused(string text) =>
        Assert.Contains("no statement", Assert.Single(Planned.Up(Planned.Scripts(text), HistorySnapshot.Empty).Problems).Message, StringComparison.Ordinal);

    [Fact]
    public void Nothing_but_BEGIN_and_COMMIT_is_applied_with_a_finding()
    {
        var plan = Planned.Up(Planned.Scripts("BEGIN;\nCOMMIT;\n"), HistorySnapshot.Empty);

        Assert.Empty(plan.Problems);
        Assert.Contains("nothing", Assert.Single(plan.Findings).Message, StringComparison.Ordinal);
    }
}
