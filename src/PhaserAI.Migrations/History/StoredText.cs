using System.Text;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.History;

/// <summary>What of a script is kept in the database: at most 1 MB a section, and no secret.</summary>
internal static class StoredText
{
    private const int MaxBytes = 1024 * 1024;

    private static readonly string[] HowToRun = ["Transaction", "Lock-Timeout", "Statement-Timeout"];

    /// <summary>The section with secrets masked, to be read by people; null when it is too large.</summary>
    public static string? Of(ScriptSection section) =>
        section.Length > MaxBytes ? null : Mask(section, out _);

    /// <summary>
    /// The section to be run again later, with those lines of the header that say how; null when it is too large or holds a
    /// secret.
    /// </summary>
    public static string? Runnable(ScriptSection section, ScriptHeader header)
    {
        if (section.Length > MaxBytes)
            return null;
        var masked = Mask(section, out var hasSecret);
        var how = HowToRun.Where(key => header[key] is not null).Select(key => $"-- {key}: {header[key]}\n");
        return hasSecret ? null : string.Concat(how) + masked;
    }

    /// <summary>The data of COPY are no SQL: an apostrophe in them would hide a password that stands behind them.</summary>
    private static string Mask(ScriptSection section, out bool hasSecret)
    {
        var masked = new StringBuilder();
        var (start, found) = (section.Start, false);
        foreach (var copy in section.Statements.Where(statement => statement.DataLength > 0))
        {
            Append(copy.DataStart);
            masked.Append(section.Text.GetString(copy.DataStart, copy.DataLength));
            start = copy.DataStart + copy.DataLength;
        }

        Append(section.End);
        hasSecret = found;
        return masked.ToString();

        void Append(int end)
        {
            masked.Append(SecretMask.Apply(section.Text.GetString(start, end - start), out var hasSecret));
            found |= hasSecret;
        }
    }
}
