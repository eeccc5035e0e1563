using System.Text;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>
/// Text that comes out of a database, made safe to show: a row or a notice with an escape sequence in it could otherwise
/// rewrite what the terminal shows.
/// </summary>
internal static class Printable
{
    /// <summary>The text with every control character but tabs and line ends replaced by U+FFFD; the same string when there is none.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.AsSpan().ContainsAnyInRange('\x7f', '\x9f'))
            return text;
        var safe = new StringBuilder(text.Length);
        foreach (var c in text)
            safe.Append(char.IsControl(c) && c is not ('\t' or '\n' or '\r') ? '\ufffd' : c);
        return safe.ToString();
    }
}
