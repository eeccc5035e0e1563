namespace PhaserAI.Migrations.Cli.Output;

/// <summary>How a file differs from what was applied.</summary>
internal static class DifferenceText
{
    public static void Write(TextWriter writer, Style style, ScriptDifference difference)
    {
        writer.WriteLine(style.Bold($"{difference.File} and what was applied:"));
        foreach (var line in difference.Lines)
        {
            var shown = Printable.Of(line);
            writer.WriteLine("  " + (shown[0] switch
            {
                '-' => style.Red(shown),
                '+' => style.Green(shown),
                '@' => style.Blue(shown),
                _ => shown,
            }));
        }

        if (difference.Note is { } note)
            writer.WriteLine($"  ({note})");
    }
}
