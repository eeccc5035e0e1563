using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>The table of <c>settings</c>: a line for each, with its value and where that comes from.</summary>
internal static class SettingsText
{
    private const int WidestValue = 48;

    public static void Write(TextWriter writer, Style style, SettingsReport report)
    {
        writer.WriteLine(style.Bold($"Settings of {Printable.Of(report.Project)} for {report.Environment}"));
        writer.WriteLine($"  database: {Printable.Of(report.Database)}");
        writer.WriteLine($"  files: {(report.Files.IsEmpty ? "none; .env and migrate.toml would be read" : string.Join(", ", report.Files))}");
        writer.WriteLine();
        var rows = report.Settings.Select(setting => (setting.Setting.Variables[0], Value: Printable.Of((setting.Value ?? "").ReplaceLineEndings(" ")), Source: setting.IsUsed ? setting.Source : $"{setting.Source}, not used", setting)).ToArray();
        var width = Math.Min(WidestValue, Math.Max("VALUE".Length, rows.Max(row => row.Value.Length)));
        writer.WriteLine(style.Dim($"  {"SETTING",-20}  {"VALUE".PadRight(width)}  FROM"));
        foreach (var (name, value, source, setting) in rows)
        {
            var line = $"  {name,-20}  {value.PadRight(width)}  {Printable.Of(source)}";
            writer.WriteLine(setting.Source is "not set" || setting.Source.StartsWith("default", StringComparison.Ordinal) || !setting.IsUsed ? style.Dim(line) : line);
        }
    }
}
