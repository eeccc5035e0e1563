using System.Globalization;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>A problem with its place and an excerpt.</summary>
internal static class ProblemText
{
    public static void Write(TextWriter writer, Style style, string label, ScriptProblem problem)
    {
        writer.WriteLine($"{label} {problem.Message}");
        WritePlace(writer, style, problem.File, problem.Line, problem.Column, problem.Excerpt);
        writer.WriteLine($"   = next: {problem.Mend}");
    }

    public static void WritePlace(TextWriter writer, Style style, string file, int line, int column, string? excerpt)
    {
        if (line == 0)
        {
            writer.WriteLine($"  {style.Blue("-->")} {file}");
            return;
        }

        writer.WriteLine($"  {style.Blue("-->")} {file}:{line}:{column}");
        if (excerpt is null)
            return;
        var (text, caret) = Excerpt.Of(SecretMask.Blank(excerpt), column);
        var number = line.ToString(CultureInfo.InvariantCulture);
        var margin = new string(' ', number.Length);
        writer.WriteLine($"{margin} {style.Blue("|")}");
        writer.WriteLine($"{style.Blue(number)} {style.Blue("|")} {text}");
        writer.WriteLine($"{margin} {style.Blue("|")} {style.Red(caret)}");
    }
}
