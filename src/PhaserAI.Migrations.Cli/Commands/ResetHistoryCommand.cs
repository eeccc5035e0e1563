using System.CommandLine;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>reset-history</c>.</summary>
internal static class ResetHistoryCommand
{
    public static Command Create(CommandLine line)
    {
        var (reason, dryRun) = (HistoryChanges.Reason(), HistoryChanges.DryRun());
        var command = new Command(
            "reset-history",
            "Record every file as applied, as it is now, and forget all else that the history says; nothing is run. Only for dev and test. The log stays, and says who did it.")
        {
            reason, dryRun,
        };
        line.Handle(
            command,
            (call, cancellationToken) => HistoryChanges.RunAsync(
                call, HistoryTarget.AllFiles, call.Parsed.GetValue(reason) ?? "reset-history", call.Parsed.GetValue(dryRun), "reset-history", cancellationToken),
            new("reset-history --dry-run", "Show what would change in the history."),
            new("reset-history --yes", "Change it without being asked."));
        return command;
    }
}
