using PhaserAI.Migrations.Planning;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

/// <summary>A migration whose header names other environments is skipped: neither pending nor out of order.</summary>
public sealed class EnvironmentsTests
{
    [Theory]
    [InlineData("dev, staging", "dev", true)]
    [InlineData("dev, staging", "staging", true)]
    [InlineData("dev,staging", "prod", false)]
    [InlineData("Development", "dev", true)]
    [InlineData("dev prod", "production", true)]
    [InlineData("dev", null, false)]
    public void It_runs_where_it_is_meant_to(string header, string? environment, bool runs)
    {
        var scripts = In(environment, $"-- Environments: {header}\nSELECT 1;", "SELECT 2;");

        var plan = Planned.Up(scripts, Planned.History());

        Assert.Empty(plan.Problems);
        Assert.Equal(runs ? [Planned.V(1), Planned.V(2)] : [Planned.V(2)], plan.Versions);
        Assert.Equal(runs ? [] : [Planned.V(1)], plan.Skipped.Select(skipped => skipped.Version));
        var state = StatusReader.Read("d", scripts, Planned.History()).Migrations[0].State;
        Assert.Equal(runs ? MigrationState.Pending : MigrationState.Skipped, state);
    }

    [Fact]
    public void Skipped_it_is_not_out_of_order_and_applied_it_stays_applied()
    {
        var scripts = In("prod", "-- Environments: dev\nSELECT 1;", "SELECT 2;");

        Assert.Empty(Planned.Up(scripts, Planned.History(scripts.Scripts[1]), policy: DriftPolicy.Strict).Problems);
        Assert.Equal(MigrationState.Applied, StatusReader.Read("d", scripts, Planned.History(scripts.Scripts)).Migrations[0].State);
        Assert.Empty(Planned.Up(scripts, Planned.History(scripts.Scripts), policy: DriftPolicy.Strict).Skipped);
    }

    [Fact]
    public void What_depends_on_a_skipped_one_is_refused()
    {
        var scripts = In("prod", "-- Environments: dev\nSELECT 1;", $"-- Dependencies: {Planned.V(1)}\nSELECT 2;");

        Assert.Contains("not meant for this environment", Assert.Single(Planned.Up(scripts, Planned.History()).Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prd")]
    [InlineData("dev, prd")]
    [InlineData("")]
    public void A_misspelt_name_is_refused_instead_of_skipped(string header) =>
        Assert.Contains("Environments", Assert.Single(Planned.Up(In("prod", $"-- Environments: {header}\nSELECT 1;"), Planned.History()).Problems).Message, StringComparison.Ordinal);

    [Fact]
    public void A_broken_script_for_another_environment_stops_nothing() =>
        Assert.Empty(Planned.Up(In("prod", "-- Environments: dev\nBEGIN;"), Planned.History()).Problems);

    [Fact]
    public void A_baseline_leaves_it_out()
    {
        var scripts = In("prod", "-- Environments: dev\nSELECT 1;", "SELECT 2;");
        var target = HistoryTarget.Baseline(Planned.Version(Planned.V(2)));

        var plan = HistoryPlanner.Plan(target, scripts, Planned.History(), new Dictionary<string, PhaserAI.Migrations.History.StoredScript>(StringComparer.Ordinal));

        Assert.Equal(Planned.V(2), Assert.Single(plan.Changes).Version);
    }

    private static ScriptSet In(string? environment, params string[] texts) =>
        Planned.Scripts(texts) with { Environment = environment is "production" ? "prod" : environment };
}
