using System.CommandLine;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>history [version]</c>.</summary>
internal static class HistoryCommand
{
    public static Command Create(CommandLine line)
    {
        var version = Versions.Argument("Only what was done with this migration.");
        var limit = new Option<int?>("--limit") { Description = "Only that many entries, the newest.", HelpName = "N" };
        var command = new Command("history", "Show what was done to the database, by whom, and how it ended; newest last.") { version, limit };
        line.Handle(command, async (call, cancellationToken) =>
        {
            var only = Versions.Read(call, version);
            var most = call.Parsed.GetValue(limit);
            if (most < 1)
                throw new UsageException($"--limit is {most}, which shows nothing", $"Give a number from 1: {call.Host.CommandName} history --limit 20.");
            var history = await call.HistoryAsync("history", cancellationToken);
            call.Reporter.History(await history.ReadLogAsync(only, most, cancellationToken));
            return ExitCode.Done;
        },
        new("history", "Everything, newest last."),
        new("history --limit 20", "The last twenty entries."),
        new("history 20250102_143000", "What was done with one migration."));
        return command;
    }
}
