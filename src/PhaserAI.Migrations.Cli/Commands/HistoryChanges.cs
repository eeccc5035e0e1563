using System.CommandLine;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>What <c>baseline</c>, <c>repair</c> and <c>reset-history</c> share.</summary>
internal static class HistoryChanges
{
    public static Option<string?> Reason() => new("--reason") { Description = "Why; the log keeps it.", HelpName = "TEXT" };

    public static Option<bool> DryRun() => new("--dry-run") { Description = "Only show what would be written." };

    /// <param name="call">The call.</param>
    /// <param name="target">What to write.</param>
    /// <param name="reason">Why.</param>
    /// <param name="isDryRun">Whether only to show it.</param>
    /// <param name="typed">What was typed, for messages.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public static async Task<int> RunAsync(
        Call call, HistoryTarget target, string reason, bool isDryRun, string typed, CancellationToken cancellationToken)
    {
        var history = await call.HistoryAsync(typed, cancellationToken);
        var plan = isDryRun
            ? await history.PlanChangeAsync(target, cancellationToken)
            : await history.ChangeAsync(target, reason, (planned, token) => ApproveAsync(call, planned, $"{typed} --reason \"…\"", token), cancellationToken);
        call.Reporter.Changed(plan, isDryRun);
        return plan.Problems.IsEmpty ? ExitCode.Done : ExitCode.PlanHasProblems;
    }

    /// <summary>In production always; an edited file's checksum is recorded nowhere without somebody having seen the difference.</summary>
    private static async Task<string?> ApproveAsync(Call call, HistoryPlan plan, string typed, CancellationToken cancellationToken)
    {
        if (!call.Settings.Rules.MustConfirm && plan.Target.Version is not null)
            return null;
        var target = call.Target!;
        return await Confirmation.RequireAsync(call, target, typed, writer => HistoryChangeText.Write(writer, new Style(enabled: false), plan, target, "This records", "This removes"), cancellationToken);
    }
}
