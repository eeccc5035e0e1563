using PhaserAI.Migrations.Cli.Doctor;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>The answer of <c>doctor</c>: a line for each finding, and below it what to do.</summary>
internal static class DoctorText
{
    private const int StateWidth = 7;

    public static void Write(TextWriter writer, Style style, DoctorReport report, bool isQuiet)
    {
        writer.WriteLine(style.Bold($"Doctor of {Printable.Of(report.Database ?? "no database")} ({report.Environment})"));
        var width = report.Findings.Max(found => found.Check.Length);
        var group = "";
        foreach (var found in report.Findings.Where(found => !isQuiet || found.Finding.State is CheckState.Warning or CheckState.Problem))
        {
            if (found.Group != group)
            {
                writer.WriteLine();
                writer.WriteLine(style.Bold(group = found.Group));
            }

            var (state, message) = (found.Finding.State, Printable.Of(found.Finding.Message.ReplaceLineEndings(" ")));
            writer.WriteLine($"  {Paint(style, state, Word(state).PadRight(StateWidth))}  {found.Check.PadRight(width)}  {(state is CheckState.Skipped ? style.Dim(message) : message)}");
            if (found.Finding.Next is { } next)
                writer.WriteLine($"{new string(' ', StateWidth + width + 6)}{style.Bold("next:")} {Printable.Of(next.ReplaceLineEndings(" "))}");
        }

        writer.WriteLine();
        writer.WriteLine($"{Count(report, CheckState.Problem, "problem")}, {Count(report, CheckState.Warning, "warning")}, {report.Count(CheckState.Ok)} ok, {report.Count(CheckState.Skipped)} skipped in {TextReporter.Duration(report.Elapsed)}; nothing was changed.");
    }

    public static string Word(CheckState state) => state switch
    {
        CheckState.Ok => "ok",
        CheckState.Warning => "warning",
        CheckState.Problem => "problem",
        _ => "skipped",
    };

    private static string Paint(Style style, CheckState state, string word) => state switch
    {
        CheckState.Ok => style.Green(word),
        CheckState.Warning => style.Yellow(word),
        CheckState.Problem => style.Red(word),
        _ => style.Dim(word),
    };

    private static string Count(DoctorReport report, CheckState state, string word) => BackupText.Count(report.Count(state), word);
}
