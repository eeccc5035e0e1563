using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

public sealed class DependenciesTests
{
    [Theory]
    [InlineData("None")]
    [InlineData("None (initial schema)")]
    [InlineData("[Previous migration file]")]
    [InlineData("the pgcrypto extension")]
    [InlineData("20250101_000001_m1.sql")]
    [InlineData("20250101_000001")]
    [InlineData("20250101_000001 (tables), 20250101_000002_m2.sql")]
    [InlineData("infra/migrations/20250101_000002_m2.sql")]
    public void What_is_applied_or_comes_before_is_met(string dependencies) => Assert.Empty(Problems(dependencies));

    [Theory]
    [InlineData("20250101_000009", "neither in the folder nor applied")]
    [InlineData("infra/migrations/20250101_000009_x.sql", "neither in the folder nor applied")]
    [InlineData("20250101_000001, initial.sql", "neither in the folder nor applied")]
    [InlineData("20250101_000003_m3.sql", "does not come before it")]
    [InlineData("20250101_000004", "does not come before it")]
    public void What_is_absent_or_later_is_refused(string dependencies, string message) =>
        Assert.Contains(message, Assert.Single(Problems(dependencies)).Message, StringComparison.Ordinal);

    [Fact]
    public void Applied_migration_whose_file_is_gone_is_met()
    {
        var gone = Planned.Script(1, "SELECT 1;");
        var scripts = Planned.Scripts([(2, "-- Dependencies: 20250101_000001\n\nSELECT 2;")]);

        Assert.Empty(Planned.Up(scripts, Planned.History(gone)).Problems);
    }

    // 1 is applied, 2 to 4 are pending.
    private static ImmutableArray<ScriptProblem> Problems(string dependencies)
    {
        var scripts = Planned.Scripts("SELECT 1;", "SELECT 2;", $"-- Dependencies: {dependencies}\n\nSELECT 3;", "SELECT 4;");
        return Planned.Up(scripts, Planned.History(scripts.Scripts[0])).Problems;
    }
}
