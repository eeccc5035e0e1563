using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

public sealed class SessionDefaultsTests
{
    [Theory]
    [InlineData("ALTER DATABASE app SET search_path = app;", 1)]
    [InlineData("ALTER ROLE app IN DATABASE app RESET ALL;", 1)]
    [InlineData("SELECT 1;\nALTER USER ALL SET statement_timeout = 0;", 1)]
    [InlineData("ALTER ROLE app LOGIN;", 0)]
    [InlineData("ALTER TABLE t ALTER a SET DEFAULT 1;", 0)]
    public void Default_that_only_new_sessions_have_is_told_when_migrations_follow(string sql, int expected)
    {
        Assert.Empty(Planned.Up(Planned.Scripts("SELECT 0;", sql), Planned.History()).Findings);

        var plan = Planned.Up(Planned.Scripts(sql, "SELECT 0;"), Planned.History());

        Assert.Empty(plan.Problems);
        Assert.Equal(expected, plan.Findings.Length);
        Assert.All(plan.Findings, finding => Assert.Contains($"up {Planned.V(1)}", finding.Mend, StringComparison.Ordinal));
    }
}
