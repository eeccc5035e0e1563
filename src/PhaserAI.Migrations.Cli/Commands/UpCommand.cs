using System.CommandLine;
using PhaserAI.Migrations.Cli.Metrics;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>up [version]</c>.</summary>
internal static class UpCommand
{
    public static Command Create(CommandLine line)
    {
        var version = Versions.Argument("Apply up to and including this version; without it, everything pending.");
        var (noBackup, dryRun) = (RunCommands.NoBackup(), RunCommands.DryRun());
        var command = new Command("up", "Apply pending migrations, oldest first, then show the status.") { version, noBackup, dryRun };
        line.Handle(
            command,
            async (call, cancellationToken) =>
            {
                var target = Versions.Read(call, version);
                RunCommands.RequireTime(call);
                call.Measure(call.Parsed.GetValue(dryRun) ? Measured.State : Measured.Run);
                var migrator = await call.ConnectAsync(target is { } last ? $"up {last}" : "up", cancellationToken, call.Parsed.GetValue(noBackup));
                return call.Parsed.GetValue(dryRun)
                    ? RunCommands.Show(call, await migrator.PlanUpAsync(target, cancellationToken))
                    : RunCommands.Show(call, await migrator.UpAsync(target, cancellationToken));
            },
            new("up", "Everything that is pending."),
            new("up 20250102_143000", "Up to and including this version."),
            new("up --dry-run", "Show it, change nothing."),
            new("up --environment prod --yes", "In production, without being asked."));
        return command;
    }
}
