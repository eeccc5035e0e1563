using System.Globalization;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>The table of <c>history</c>: an entry a line, and below it why it failed or why somebody did it.</summary>
internal static class HistoryText
{
    private const string Indentation = "      ";

    public static void Write(TextWriter writer, Style style, HistoryLog log)
    {
        if (log.Entries.Length > 0)
            writer.WriteLine(style.Dim($"  {"AT (UTC)",-19}  {"ACTION",-20}  {"VERSION",-15}  {"OUTCOME",-9}  {"TIME",9}  BY"));
        foreach (var entry in log.Entries)
        {
            var at = entry.At is { } moment ? moment.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "";
            var time = entry.Duration is { } duration ? TextReporter.Duration(duration) : "";
            writer.WriteLine($"  {at,-19}  {Shown(entry.Action),-20}  {Shown(entry.Version),-15}  {Paint(style, entry.Outcome, $"{Shown(entry.Outcome),-9}")}  {time,9}  {By(entry)}".TrimEnd());
            if (entry.Error is { } error)
                writer.WriteLine($"{Indentation}{Lines(error)}{(entry.SqlState is null ? "" : $" [{Shown(entry.SqlState)}]")}");
            if (entry.Backup is { } backup)
                writer.WriteLine($"{Indentation}{style.Dim("backup:")} {Shown(backup)}");
            if (entry.Reason is { } reason)
                writer.WriteLine($"{Indentation}{style.Dim("reason:")} {Lines(reason)}");
        }
    }

    /// <summary>The database user, and in parentheses who and where that was.</summary>
    private static string By(LogEntry entry)
    {
        var person = entry.OperatingSystemUser is { } user && entry.Host is { } host ? $"{user}@{host}" : entry.OperatingSystemUser ?? entry.Host;
        string?[] details = [person, entry.Environment, entry.GitCommit?[..Math.Min(7, entry.GitCommit.Length)], entry.IsLogged ? null : "before there was a log"];
        var known = string.Join(", ", details.Where(detail => !string.IsNullOrEmpty(detail)));
        return Shown($"{entry.DatabaseUser}{(known.Length > 0 ? $" ({known})" : "")}").Trim();
    }

    private static string Paint(Style style, string outcome, string text) => outcome switch
    {
        "done" => style.Green(text),
        "cancelled" => style.Yellow(text),
        _ => style.Red(text),
    };

    private static string Lines(string text) => Printable.Of(text).ReplaceLineEndings("\n" + Indentation);

    private static string Shown(string? text) => Printable.Of((text ?? "").ReplaceLineEndings(" "));
}
