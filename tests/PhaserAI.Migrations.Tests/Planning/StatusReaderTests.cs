using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

public sealed class StatusReaderTests
{
    [Fact]
    public void Files_and_history_stand_side_by_side_in_order_of_version()
    {
        var scripts = Planned.Scripts([(1, "-- Description: One\n"), (2, "SELECT 2;"), (4, "VACUUM; SELECT 4;"), (5, "SELECT 5;"), (7, "SELECT 7;")]);
        var history = Planned.History(scripts.Scripts[0], Planned.Script(2, "SELECT 0;"), Planned.Script(3, "-- Description: Gone\n"), scripts.Scripts[4]) with
        {
            Checkpoints =
            [
                new Checkpoint(Planned.V(4), false, 1, "", 1),
                new Checkpoint(Planned.V(6), false, 1, "", 1),
                new Checkpoint(Planned.V(7), true, 1, "", 1),
                new Checkpoint(Planned.V(7), true, 2, "", 1),
            ],
        };

        var status = StatusReader.Read("db", scripts, history);

        Assert.Equal(
            [
                "1 Applied One file 5 0", "2 Changed m2 file 5 0", "3 Missing Gone none 5 0", "4 Partial m4 file - 1", "5 Pending m5 file - 0",
                "6 Partial  none - 1", "7 Partial m7 file - 2",
            ],
            status.Migrations.Select(info =>
                $"{int.Parse(info.Version[9..], System.Globalization.CultureInfo.InvariantCulture)} {info.State} {info.Description} "
                + $"{(info.FileName is null ? "none" : "file")} {info.ExecutionTime?.TotalMilliseconds.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"} {info.FinishedSteps}"));
        Assert.Equal((1, 3), (status.Count(MigrationState.Changed), status.Count(MigrationState.Partial)));
    }

    [Fact]
    public void Unknown_version_is_refused_with_the_nearest_one()
    {
        var scripts = Planned.Scripts("SELECT 1;", "SELECT 2;");

        var refused = Assert.Throws<UnknownVersionException>(() => KnownVersions.Require(Planned.Version("20250101_000003"), scripts, HistorySnapshot.Empty));

        Assert.Contains("20250101_00000", refused.Next, StringComparison.Ordinal);
        KnownVersions.Require(Planned.Version(Planned.V(2)), scripts, HistorySnapshot.Empty);
        KnownVersions.Require(Planned.Version(Planned.V(9)), scripts, Planned.History(Planned.Script(9, "")));
        KnownVersions.Require(null, scripts, HistorySnapshot.Empty);
    }
}
