using System.CommandLine;
using PhaserAI.Migrations.Cli.Metrics;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>status</c> and <c>list</c>.</summary>
internal static class StatusCommand
{
    public static Command Create(CommandLine line)
    {
        var check = new Option<bool>("--check") { Description = "Exit with 7 when a migration is pending." };
        var command = new Command("status", "Show every migration: when it was applied and how long that took, what is pending, missing or changed.") { check };
        line.Handle(command, async (call, cancellationToken) =>
        {
            call.Measure(Measured.State);
            var migrator = await call.ConnectAsync("status", cancellationToken);
            var status = await migrator.GetStatusAsync(cancellationToken);
            call.Metrics?.Add(status);
            call.Reporter.Status(status);
            return !status.Problems.IsEmpty ? ExitCode.PlanHasProblems
                : call.Parsed.GetValue(check) && status.NotApplied > 0 ? ExitCode.Pending
                : ExitCode.Done;
        },
        new("status", "For people."),
        new("status --check", "For scripts: exit code 7 when a migration is pending."),
        new("status --output json", "For programs."));
        return command;
    }

    public static Command CreateList(CommandLine line)
    {
        var command = new Command("list", "List the migrations, a line each: its state and its file.");
        line.Handle(command, async (call, cancellationToken) =>
        {
            call.Measure(Measured.State);
            var migrator = await call.ConnectAsync("status", cancellationToken);
            var status = await migrator.GetStatusAsync(cancellationToken);
            call.Metrics?.Add(status);
            call.Reporter.List(status);
            return status.Problems.IsEmpty ? ExitCode.Done : ExitCode.PlanHasProblems;
        },
        new("list", "For people."),
        new("list --output json", "For programs; the same document as of status."));
        return command;
    }
}
