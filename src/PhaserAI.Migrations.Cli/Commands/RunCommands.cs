using System.CommandLine;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>What <c>up</c> and <c>down</c> share: a run ends with the status, as people expect of the guide's script.</summary>
internal static class RunCommands
{
    public static Option<bool> DryRun() => new("--dry-run") { Description = "Only show what would be done: each statement, and in which transaction." };

    public static Option<bool> NoBackup() => new("--no-backup") { Description = "Do not make the backup that the environment wants before; the log says so." };

    /// <summary>A function whose time is no longer than the reserve would answer "continue" for ever.</summary>
    /// <exception cref="UsageException">It is not.</exception>
    public static void RequireTime(Call call)
    {
        var reserve = call.Settings.Reader.GetDuration(KnownSettings.Reserve);
        if (call.Host.Invocation is { Given: var given } && given < reserve)
        {
            throw new UsageException(
                $"the function has {TextReporter.Duration(given)}, and keeps {TextReporter.Duration(reserve)} in reserve ({call.Settings.Reader.SourceOf(KnownSettings.Reserve)}), so it can begin nothing",
                "Give the function a longer timeout, up to 900 s, or a shorter reserve.");
        }
    }

    public static int Show(Call call, MigrationPlan plan)
    {
        call.Metrics?.Add(plan);
        call.Reporter.Plan(plan);
        return plan.Problems.IsEmpty ? ExitCode.Done : ExitCode.PlanHasProblems;
    }

    public static int Show(Call call, MigrationReport report)
    {
        call.Metrics?.Add(report);
        call.Reporter.Run(report);
        return report switch
        {
            { Plan.Problems.IsEmpty: false } => ExitCode.PlanHasProblems,
            { Failure.Cancelled: true } => ExitCode.Cancelled,
            { Failure: not null } => ExitCode.MigrationFailed,
            { Pause: not null } => ExitCode.Unfinished,
            _ => ExitCode.Done,
        };
    }
}
