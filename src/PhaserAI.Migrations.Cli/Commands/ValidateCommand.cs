using System.CommandLine;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>validate</c>.</summary>
internal static class ValidateCommand
{
    public static Command Create(CommandLine line)
    {
        var deep = new Option<bool>("--deep") { Description = "Look also for the objects that applied migrations have created." };
        var command = new Command("validate", "Compare files and history, and change nothing: what was edited since it was applied, what is missing, out of order or half done.") { deep };
        line.Handle(command, async (call, cancellationToken) =>
        {
            var history = await call.HistoryAsync("validate", cancellationToken);
            var report = await history.ValidateAsync(call.Parsed.GetValue(deep), cancellationToken);
            call.Reporter.Validated(report);
            return !report.Problems.IsEmpty ? ExitCode.PlanHasProblems : !report.Findings.IsEmpty ? ExitCode.Findings : ExitCode.Done;
        },
        new("validate", "For people: exit code 3 when up would be refused, 8 when there is something to know."),
        new("validate --deep", "Also find what is marked as applied but missing in the database."),
        new("validate --output json", "For programs."));
        return command;
    }
}
