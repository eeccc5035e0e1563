namespace PhaserAI.Migrations.Cli.Output;

/// <summary>What <c>baseline</c>, <c>repair</c> and <c>reset-history</c> write into the history.</summary>
internal static class HistoryChangeText
{
    /// <param name="writer">Where to.</param>
    /// <param name="style">In which colours.</param>
    /// <param name="plan">What of.</param>
    /// <param name="target">The database.</param>
    /// <param name="record">The sentence's beginning when rows are written: <c>Recorded</c>, <c>Would record</c>.</param>
    /// <param name="remove">The same when they are removed.</param>
    public static void Write(TextWriter writer, Style style, HistoryPlan plan, TargetInfo? target, string record, string remove)
    {
        if (plan.Changes.IsEmpty)
        {
            writer.WriteLine($"Nothing to do: {WhyNothing(plan.Target)}.");
            return;
        }

        var isReset = plan.Target.Action is "reset-history";
        var files = plan.Changes.Length == 1 ? "1 file as it is" : $"{plan.Changes.Length} files as they are";
        writer.WriteLine(style.Bold(plan.Target.Action switch
        {
            "repair --not-applied" => $"{remove} {plan.Target.Version} from the history of {target}; nothing of it is undone:",
            "reset-history" => $"{record} in the history of {target} what the files say now; nothing is run or undone:",
            "repair" => $"{record} {files} now in the history of {target}; nothing is run:",
            _ => $"{record} {TextReporter.Count(plan.Changes.Length)} as applied in the history of {target}; nothing is run:",
        }));
        foreach (var change in plan.Changes)
            writer.WriteLine($"  {(isReset ? change.IsRemoved ? "removed  " : "applied  " : "")}{Printable.Of(change.FileName ?? $"{change.Version} (file missing)")}");
        foreach (var difference in plan.Differences)
        {
            writer.WriteLine();
            DifferenceText.Write(writer, style, difference);
        }
    }

    private static string WhyNothing(HistoryTarget target) => target.Action switch
    {
        "baseline" => $"every migration up to {target.Version} is recorded already",
        "reset-history" => "it says of every file that it is applied as it is now, and of nothing else",
        "repair --applied" => $"{target.Version} is applied already",
        "repair --not-applied" => $"{target.Version} is not applied",
        _ => "every applied file is what was applied",
    };
}
