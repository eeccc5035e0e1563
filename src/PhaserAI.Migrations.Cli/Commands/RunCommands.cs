using System.CommandLine;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>What <c>up</c> and <c>down</c> share: a run ends with the status, as people expect of the guide's script.</summary>
internal static class RunCommands
{
    public static Option<bool> DryRun() => new("--dry-run") { Description = "Only show what would be done: each statement, and in which transaction." };

    public static int Show(Call call, MigrationPlan plan)
    {
        call.Reporter.Plan(plan);
        return plan.Problems.IsEmpty ? ExitCode.Done : ExitCode.PlanHasProblems;
    }

    /// <summary>Runs, once everything that has to be confirmed is.</summary>
    /// <param name="call">The call.</param>
    /// <param name="database">Where.</param>
    /// <param name="command">What was typed: <c>up 20250102_143000</c>.</param>
    /// <param name="plan">Reads what would be done.</param>
    /// <param name="run">Does it.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public static async Task<int> RunAsync(
        Call call,
        (Migrator Migrator, TargetInfo Target) database,
        string command,
        Func<Task<MigrationPlan>> plan,
        Func<Task<MigrationReport>> run,
        CancellationToken cancellationToken)
    {
        if (Confirmation.IsNeeded(call))
        {
            var planned = await plan();
            if (planned.Problems.Length > 0 || planned.Migrations.IsEmpty)
            {
                var status = await database.Migrator.GetStatusAsync(cancellationToken);
                return Show(call, new MigrationReport(planned.Direction, planned, [], null) { Status = status });
            }

            await Confirmation.RequireAsync(call, database.Target, planned, command, cancellationToken);
        }

        return Show(call, await run());
    }

    private static int Show(Call call, MigrationReport report)
    {
        call.Reporter.Run(report);
        return report switch
        {
            { Plan.Problems.IsEmpty: false } => ExitCode.PlanHasProblems,
            { Failure.Cancelled: true } => ExitCode.Cancelled,
            { Failure: not null } => ExitCode.MigrationFailed,
            _ => ExitCode.Done,
        };
    }
}
