using System.CommandLine;
using PhaserAI.Migrations.Cli.Metrics;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>plan [version]</c>: the same as <c>up --dry-run</c>.</summary>
internal static class PlanCommand
{
    public static Command Create(CommandLine line)
    {
        var version = Versions.Argument("Up to and including this version; without it, everything pending.");
        var command = new Command("plan", "Show each statement that up would run, and in which transaction. The same as up --dry-run; for down there is down --dry-run.") { version };
        line.Handle(command, async (call, cancellationToken) =>
        {
            var target = Versions.Read(call, version);
            call.Measure(Measured.State);
            var migrator = await call.ConnectAsync("plan", cancellationToken);
            return RunCommands.Show(call, await migrator.PlanUpAsync(target, cancellationToken));
        },
        new("plan", "Everything that is pending."),
        new("plan 20250102_143000", "Up to and including this version."));
        return command;
    }
}
