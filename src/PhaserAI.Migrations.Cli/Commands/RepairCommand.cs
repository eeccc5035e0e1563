using System.CommandLine;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>repair</c>, <c>repair --applied VERSION</c>, <c>repair --not-applied VERSION</c>.</summary>
internal static class RepairCommand
{
    public static Command Create(CommandLine line)
    {
        var applied = new Option<string?>("--applied") { Description = "Record this migration as applied; nothing of it is run.", HelpName = "VERSION" };
        var notApplied = new Option<string?>("--not-applied") { Description = "Take this migration out of the history; its DOWN is not run.", HelpName = "VERSION" };
        var (reason, dryRun) = (HistoryChanges.Reason(), HistoryChanges.DryRun());
        var command = new Command("repair", "Mend the history, and nothing else: record edited files as they are now, or one migration as applied or not applied. The log keeps the reason.")
        {
            applied, notApplied, reason, dryRun,
        };
        line.Handle(
            command,
            async (call, cancellationToken) =>
            {
                var (target, typed) = ReadTarget(call, call.Parsed.GetValue(applied), call.Parsed.GetValue(notApplied));
                var isDry = call.Parsed.GetValue(dryRun);
                var why = call.Parsed.GetValue(reason)?.Trim();
                if (string.IsNullOrEmpty(why) && !isDry)
                    throw new UsageException($"{typed} needs a reason, which the log keeps", $"Run {call.Host.CommandName} {typed} --reason \"…\"; with --dry-run it shows what it would do.");
                return await HistoryChanges.RunAsync(call, target, why ?? "", isDry, typed, cancellationToken);
            },
            new("repair --dry-run", "Show the files that were edited since they were applied, and how."),
            new("repair --reason \"typo in a comment\"", "Record them as they are now."),
            new("repair --applied 20250102_143000 --reason \"run by hand\"", "The database has it already."),
            new("repair --not-applied 20250102_143000 --reason \"undone by hand\"", "The database does not have it any more."));
        return command;
    }

    private static (HistoryTarget Target, string Typed) ReadTarget(Call call, string? applied, string? notApplied)
    {
        if (applied is not null && notApplied is not null)
            throw new UsageException("repair takes --applied or --not-applied, not both", "Run it twice, once for each.");
        if (applied is not null && Versions.Parse(call, applied) is var version)
            return (HistoryTarget.Applied(version), $"repair --applied {version}");
        if (notApplied is null)
            return (HistoryTarget.EditedFiles, "repair");

        // A row of another tool may have a version of any form.
        var row = MigrationVersion.TryParsePrefix(Path.GetFileName(notApplied.Trim()), out var known) ? known.ToString() : notApplied.Trim();
        return (HistoryTarget.NotApplied(row), $"repair --not-applied {row}");
    }
}
