using CsCheck;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

public sealed class PlanUpTests
{
    private static readonly ScriptSet Four = Planned.Scripts("SELECT 1;", "SELECT 2;", "SELECT 3;", "SELECT 4;");

    [Fact]
    public void Pending_migrations_are_planned_in_order_up_to_and_with_the_target()
    {
        var history = Planned.History(Four.Scripts[0]);

        Assert.Equal([Planned.V(2), Planned.V(3), Planned.V(4)], Planned.Versions(Planned.Up(Four, history)));
        Assert.Equal([Planned.V(2), Planned.V(3)], Planned.Versions(Planned.Up(Four, history, Planned.V(3))));
        Assert.Empty(Planned.Versions(Planned.Up(Four, history, Planned.V(1))));
    }

    [Fact]
    public void Problem_beyond_the_target_stops_nothing()
    {
        var scripts = Planned.Scripts("SELECT 1;", "ROLLBACK;");

        Assert.Equal([Planned.V(1)], Planned.Versions(Planned.Up(scripts, Planned.History(), Planned.V(1))));
        Assert.Single(Planned.Up(scripts, Planned.History()).Problems);
    }

    [Fact]
    public void Down_that_will_be_refused_is_a_finding_already()
    {
        var plan = Planned.Up(Planned.Scripts("SELECT 1;\n-- DOWN:\n-- ROLLBACK;\n"), Planned.History());

        Assert.Empty(plan.Problems);
        Assert.Equal(3, Assert.Single(plan.Findings).Line);
    }

    [Fact]
    public void Planning_after_applying_is_empty() =>
        Gen.Select(Gen.Int[1, 9].List[0, 9], Gen.Int[1, 9].List[0, 9], Gen.Int[0, 10]).Sample((files, applied, target) =>
        {
            var scripts = Planned.Scripts(files.Distinct().Order().Select(i => (i, $"VACUUM; SELECT {i};\n-- DOWN:\n-- SELECT -{i};\n")));
            var history = Planned.History(applied.Distinct().Order().Select(i => Planned.Script(i, "SELECT 0;")));
            var aim = target == 0 ? null : Planned.V(target);

            var plan = Planned.Up(scripts, history, aim);
            var after = new HistorySnapshot(
                [.. history.Entries.Concat(plan.Migrations.Select(migration => Planned.Entry(migration.Script!))).OrderBy(entry => entry.Version, StringComparer.Ordinal)], []);

            Assert.Empty(Planned.Up(scripts, after, aim).Migrations);
            Assert.Equal(
                scripts.Scripts.Select(script => script.Version.ToString()).Except(history.Entries.Select(entry => entry.Version)).Where(version => aim is null || string.CompareOrdinal(version, aim) <= 0),
                Planned.Versions(plan));
        });

    [Fact]
    public void Interrupted_migration_goes_on_after_its_last_finished_step()
    {
        var scripts = Planned.Scripts("SELECT 1;", "VACUUM; SELECT 2; VACUUM;");
        var first = Planned.Up(scripts, Planned.History()).Migrations[1].Runs;
        var history = Planned.History(scripts.Scripts[0]) with
        {
            Checkpoints = [new Checkpoint(Planned.V(2), false, 1, first[0].Hash, 7), new Checkpoint(Planned.V(2), false, 2, first[1].Hash, 9)],
        };

        var plan = Planned.Up(scripts, history, policy: DriftPolicy.Strict);

        Assert.Equal([Planned.V(2)], Planned.Versions(plan));
        Assert.Equal((2, 9, 3), (plan.Migrations[0].FinishedSteps, plan.Migrations[0].FinishedMs, plan.Migrations[0].Runs.Length));
    }

    [Theory]
    [InlineData("VACUUM a; SELECT 2;")]
    [InlineData("SELECT 2;")]
    [InlineData("BEGIN; COMMIT;")]
    public void Finished_step_that_changed_since_is_refused(string text)
    {
        var finished = Planned.Steps("VACUUM; SELECT 2;").Steps[0];
        var history = new HistorySnapshot([], [new Checkpoint(Planned.V(1), false, 1, finished.Hash, 7)]);

        Assert.Contains("step 1", Assert.Single(Planned.Up(Planned.Scripts(text), history).Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Migration_half_taken_back_is_refused_by_up()
    {
        var scripts = Planned.Scripts("SELECT 1;");
        var history = Planned.History(scripts.Scripts) with { Checkpoints = [new Checkpoint(Planned.V(1), true, 1, "", 7)] };

        Assert.Contains("taking", Assert.Single(Planned.Up(scripts, history).Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Interrupted_migration_is_not_out_of_order_and_not_changed()
    {
        var scripts = Planned.Scripts("VACUUM; SELECT 1;", "SELECT 2;");
        var step = Planned.Steps("VACUUM;").Steps[0];
        var history = Planned.History(scripts.Scripts[1]) with { Checkpoints = [new Checkpoint(Planned.V(1), false, 1, step.Hash, 7)] };

        Assert.Equal([Planned.V(1)], Planned.Versions(Planned.Up(scripts, history, policy: DriftPolicy.Strict)));
    }
}
