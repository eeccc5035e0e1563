using System.CommandLine;
using PhaserAI.Migrations.Cli.Metrics;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>down [version]</c>.</summary>
internal static class DownCommand
{
    public static Command Create(CommandLine line)
    {
        var version = Versions.Argument("Roll back everything after this version and keep it; without it, only the last migration.");
        var all = new Option<bool>("--all") { Description = "Roll back every migration." };
        var (noBackup, dryRun) = (RunCommands.NoBackup(), RunCommands.DryRun());
        var down = new Command("down", "Roll back migrations, newest first, then show the status.") { version, all, noBackup, dryRun };
        line.Handle(
            down,
            async (call, cancellationToken) =>
            {
                var keep = Versions.Read(call, version);
                RunCommands.RequireTime(call);
                var isAll = call.Parsed.GetValue(all);
                if (isAll && keep is not null)
                    throw new UsageException("down takes a version or --all, not both", $"Run {call.Host.CommandName} down {keep}, or {call.Host.CommandName} down --all.");
                var target = isAll ? DownTarget.All : keep is { } kept ? DownTarget.After(kept) : DownTarget.Last;

                var command = isAll ? "down --all" : keep is { } last ? $"down {last}" : "down";
                call.Measure(call.Parsed.GetValue(dryRun) ? Measured.State : Measured.Run);
                var migrator = await call.ConnectAsync(command, cancellationToken, call.Parsed.GetValue(noBackup));
                return call.Parsed.GetValue(dryRun)
                    ? RunCommands.Show(call, await migrator.PlanDownAsync(target, cancellationToken))
                    : RunCommands.Show(call, await migrator.DownAsync(target, cancellationToken));
            },
            new("down", "The last migration."),
            new("down 20250101_120000", "Everything after this version, which stays."),
            new("down --dry-run", "Show it, change nothing."));
        return down;
    }
}
