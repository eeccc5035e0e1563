using System.Buffers;
using System.Globalization;

namespace PhaserAI.Migrations.Scripts;

/// <summary>Durations as people write them: <c>500ms</c>, <c>60s</c>, <c>5min</c>, <c>1h</c>; a plain number is seconds.</summary>
internal static class DurationText
{
    public const string Mend = "Write a number with a unit: 500ms, 60s, 5min, 1h; a plain number is seconds.";

    // The server's own timeouts are milliseconds in 32 bits.
    private const double LongestSeconds = int.MaxValue / 1000;

    private static readonly SearchValues<char> Number = SearchValues.Create("0123456789.");

    public static bool TryRead(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        text = text.Trim();
        var digits = text.IndexOfAnyExcept(Number);
        var unit = digits < 0 ? [] : text[digits..].Trim();
        duration = default;
        if (!double.TryParse(digits < 0 ? text : text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return false;
        double? seconds = unit.ToString().ToLowerInvariant() switch
        {
            "" or "s" or "sec" => number,
            "ms" => number / 1000,
            "m" or "min" => number * 60,
            "h" => number * 3600,
            _ => null,
        };
        duration = TimeSpan.FromSeconds(Math.Min(seconds ?? 0, LongestSeconds));
        return seconds is not null;
    }
}
