using System.CommandLine;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>baseline VERSION</c>.</summary>
internal static class BaselineCommand
{
    public static Command Create(CommandLine line)
    {
        var version = new Argument<string>("version") { Description = "The newest migration that the database already has." };
        var (reason, dryRun) = (HistoryChanges.Reason(), HistoryChanges.DryRun());
        var command = new Command("baseline", "Record migrations as applied without running them, on a database that was made otherwise: all up to and including a version.") { version, reason, dryRun };
        line.Handle(
            command,
            async (call, cancellationToken) =>
            {
                var last = Versions.Parse(call, call.Parsed.GetValue(version)!);
                return await HistoryChanges.RunAsync(
                    call, HistoryTarget.Baseline(last), call.Parsed.GetValue(reason) ?? "baseline", call.Parsed.GetValue(dryRun), $"baseline {last}", cancellationToken);
            },
            new("baseline 20250102_143000 --dry-run", "Show which migrations would be recorded."),
            new("baseline 20250102_143000", "Record them; up goes on after them."));
        return command;
    }
}
