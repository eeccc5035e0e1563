using System.CommandLine;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>history [version]</c>.</summary>
internal static class HistoryCommand
{
    private static readonly string[] Outcomes = ["done", "failed", "refused", "cancelled", "unfinished"];

    private static readonly string[] Actions =
    [
        "up", "down", "baseline", "repair", "repair --applied", "repair --not-applied", "reset-history", "import", "backup", "restore",
    ];

    public static Command Create(CommandLine line)
    {
        var version = Versions.Argument("Only what was done with this migration.");
        var outcome = new Option<string?>("--outcome") { Description = $"Only what ended so: {string.Join(", ", Outcomes)}.", HelpName = "OUTCOME" };
        var action = new Option<string?>("--action") { Description = "Only this action: up, down, repair, …; repair stands for all its forms.", HelpName = "ACTION" };
        var since = new Option<string?>("--since") { Description = $"Only what was done since then: {PastTime.Forms}.", HelpName = "TIME" };
        var until = new Option<string?>("--until") { Description = "Only what was done before then; a date alone includes that day.", HelpName = "TIME" };
        var limit = new Option<int?>("--limit") { Description = "Only that many entries, the newest.", HelpName = "N" };
        outcome.CompletionSources.Add(Outcomes);
        action.CompletionSources.Add(Actions);
        var command = new Command("history", "Show what was done to the database, by whom, and how it ended; newest last.") { version, outcome, action, since, until, limit };
        line.Handle(command, async (call, cancellationToken) =>
        {
            var now = call.Host.TimeProvider.GetUtcNow();
            var filter = new LogFilter
            {
                Version = Versions.Read(call, version)?.ToString(),
                Outcome = OneOf(call, outcome, Outcomes),
                Action = OneOf(call, action, Actions),
                Since = call.Parsed.GetValue(since) is { } first ? PastTime.Read("--since", first, now).Start : null,
                Until = call.Parsed.GetValue(until) is { } last ? PastTime.Read("--until", last, now).End : null,
                Limit = call.Parsed.GetValue(limit),
            };
            if (filter.Limit < 1)
                throw new UsageException($"--limit is {filter.Limit}, which shows nothing", $"Give a number from 1: {call.Host.CommandName} history --limit 20.");
            var history = await call.HistoryAsync("history", cancellationToken);
            call.Reporter.History(await history.ReadLogAsync(filter, cancellationToken));
            return ExitCode.Done;
        },
        new("history", "Everything, newest last."),
        new("history --limit 20", "The last twenty entries."),
        new("history 20250102_143000", "What was done with one migration."),
        new("history --outcome failed --since 7d", "What failed in the last seven days."));
        return command;
    }

    /// <exception cref="UsageException">It is none of them.</exception>
    private static string? OneOf(Call call, Option<string?> option, string[] known)
    {
        if (call.Parsed.GetValue(option)?.Trim() is not { } given)
            return null;
        if (known.FirstOrDefault(word => string.Equals(word, given, StringComparison.OrdinalIgnoreCase)) is { } word)
            return word;
        var nearest = Nearest.Of(given, known);
        throw new UsageException(
            $"{option.Name} is \"{given}\", which the log does not know",
            $"{(nearest is null ? "" : $"Did you mean {nearest}? ")}It is one of {string.Join(", ", known)}.");
    }
}
