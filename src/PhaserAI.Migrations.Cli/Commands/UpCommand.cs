using System.CommandLine;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>up [version]</c>.</summary>
internal static class UpCommand
{
    public static Command Create(CommandLine line)
    {
        var version = Versions.Argument("Apply up to and including this version.");
        var dryRun = RunCommands.DryRun();
        var command = new Command("up", "Apply pending migrations, then show the status.") { version, dryRun };
        line.Handle(command, async (call, cancellationToken) =>
        {
            var target = Versions.Read(call.Parsed, version);
            var (migrator, database) = await call.ConnectAsync(cancellationToken);
            if (call.Parsed.GetValue(dryRun))
                return RunCommands.Show(call, await migrator.PlanUpAsync(target, cancellationToken));
            Confirmation.Require(call, database, "up");
            return RunCommands.Show(call, await migrator.UpAsync(target, cancellationToken));
        });
        return command;
    }
}
