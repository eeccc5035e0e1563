using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

public sealed class PlanDownTests
{
    private static readonly HistorySnapshot Three =
        Planned.History(Planned.Scripts("SELECT 1;", "SELECT 2;", "SELECT 3;").Scripts);

    [Fact]
    public void Last_one_all_after_a_version_or_all_are_selected_newest_first()
    {
        Assert.Equal([Planned.V(3)], MigrationPlanner.SelectDown(Three, null, all: false));
        Assert.Equal([Planned.V(3), Planned.V(2)], MigrationPlanner.SelectDown(Three, Planned.Version(Planned.V(1)), all: false));
        Assert.Empty(MigrationPlanner.SelectDown(Three, Planned.Version(Planned.V(3)), all: false));
        Assert.Equal([Planned.V(3), Planned.V(2), Planned.V(1)], MigrationPlanner.SelectDown(Three, null, all: true));
        Assert.Empty(MigrationPlanner.SelectDown(HistorySnapshot.Empty, null, all: false));
    }

    [Fact]
    public void Interrupted_migration_is_the_last_one()
    {
        var history = Three with { Checkpoints = [new Checkpoint(Planned.V(4), false, 1, "", 7)] };

        Assert.Equal([Planned.V(4)], MigrationPlanner.SelectDown(history, null, all: false));
    }

    [Fact]
    public void Migration_without_down_is_refused_with_what_to_do()
    {
        var problem = Assert.Single(Down("SELECT 1;\n-- DOWN:\n-- Can't be taken back\n").Problems);

        Assert.Contains("no DOWN section", problem.Message, StringComparison.Ordinal);
        Assert.Contains("repair --not-applied 20250101_000001 --reason", problem.Mend, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-- BEGIN;\n-- -- to be written\n-- COMMIT;")]
    [InlineData("BEGIN;\n-- DROP TABLE a;\nCOMMIT;")]
    public void Down_that_would_take_nothing_back_is_refused(string down) =>
        Assert.Contains("no statement but BEGIN and COMMIT", Assert.Single(Down($"SELECT 1;\n-- DOWN:\n{down}\n").Problems).Message, StringComparison.Ordinal);

    [Fact]
    public void Migration_that_does_nothing_is_taken_back_by_nothing() =>
        Assert.Equal([Planned.V(1)], Planned.Versions(Down("BEGIN;\nCOMMIT;\n-- DOWN:\n-- BEGIN;\n-- COMMIT;\n")));

    [Fact]
    public void File_that_can_be_read_two_ways_is_refused() =>
        Assert.Equal(4, Assert.Single(Down("SELECT 1;\n-- DOWN:\n-- SELECT 2;\n-- DOWN:\n-- SELECT 3;\n").Problems).Line);

    [Fact]
    public void Down_that_was_interrupted_goes_on()
    {
        var scripts = Planned.Scripts("SELECT 1;\n-- DOWN:\n-- VACUUM;\n-- SELECT 2;\n");
        var steps = Planned.Down(scripts, Planned.History(scripts.Scripts), Planned.V(1)).Migrations[0].Runs;
        var history = Planned.History(scripts.Scripts) with { Checkpoints = [new Checkpoint(Planned.V(1), true, 1, steps[0].Hash, 7)] };

        Assert.Equal(1, Planned.Down(scripts, history, Planned.V(1)).Migrations[0].FinishedSteps);
    }

    [Fact]
    public void Missing_file_is_taken_back_by_the_stored_text()
    {
        // Comments in it that look like markers are none.
        var plan = Stored("SELECT 1;\n-- DOWN: twice\nSELECT 2;\n-- UP\nVACUUM;\n");

        Assert.Equal([Planned.V(1)], Planned.Versions(plan));
        Assert.True(plan.Migrations[0].FromStoredText);
        Assert.Equal(["1T SELECT 1 | SELECT 2", "2A VACUUM"], plan.Migrations[0].Runs.Select(Planned.Show));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("BEGIN;\nCOMMIT;\n")]
    public void Missing_file_without_a_usable_stored_text_is_refused(string? down) => Assert.Single(Stored(down).Problems);

    private static MigrationPlan Down(string text)
    {
        var scripts = Planned.Scripts(text);
        return Planned.Down(scripts, Planned.History(scripts.Scripts), Planned.V(1));
    }

    private static MigrationPlan Stored(string? down) => MigrationPlanner.PlanDown(
        Planned.Scripts(),
        Planned.History(Planned.Script(1, "SELECT 1;")),
        [Planned.V(1)],
        new Dictionary<string, StoredScript>(StringComparer.Ordinal) { [Planned.V(1)] = new("20250101_000001_m1.sql", null, down) });
}
