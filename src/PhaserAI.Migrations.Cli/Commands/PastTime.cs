using System.Globalization;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>A time in the past as people write it: a date, a time, or how long ago. Without a zone it is UTC, as the history shows it.</summary>
internal static class PastTime
{
    public const string Forms = "2026-11-01, \"2026-11-01 09:30\", or how long ago: 45min, 12h, 7d";

    private static readonly string[] Moments =
    [
        "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-dd HH:mmzzz", "yyyy-MM-dd HH:mm:sszzz",
        "yyyy-MM-ddTHH:mmzzz", "yyyy-MM-ddTHH:mm:sszzz", "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", "yyyy-MM-ddTHH:mmZ", "yyyy-MM-ddTHH:mm:ssZ",
        "yyyy-MM-ddTHH:mm:ss.FFFFFFFZ", "yyyy-MM-dd HH:mm:ssZ", "yyyy-MM-dd HH:mmZ",
    ];

    /// <summary>Where it begins and ends: a day is a range, everything else a moment.</summary>
    /// <exception cref="UsageException">It is no time.</exception>
    public static (DateTimeOffset Start, DateTimeOffset End) Read(string option, string text, DateTimeOffset now)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        text = text.Trim();
        if (DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, Utc, out var day))
            return (day, day >= DateTimeOffset.MaxValue.AddDays(-1) ? DateTimeOffset.MaxValue : day.AddDays(1));
        if (DateTimeOffset.TryParseExact(text, Moments, CultureInfo.InvariantCulture, Utc, out var moment))
            return (moment, moment);
        if (TryReadAge(text, out var age) && age <= now - DateTimeOffset.MinValue)
            return (now - age, now - age);
        throw new UsageException($"{option} is \"{text}\", which is no time", $"Write {Forms}.");
    }

    private static bool TryReadAge(string text, out TimeSpan age)
    {
        var unit = text.AsSpan().TrimStart("0123456789");
        age = default;
        if (unit.IsEmpty || !int.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return false;
        double? seconds = unit.Trim().ToString().ToLowerInvariant() switch
        {
            "s" => 1,
            "m" or "min" => 60,
            "h" => 3600,
            "d" => 86_400,
            "w" => 7 * 86_400,
            _ => null,
        };
        age = TimeSpan.FromSeconds(Math.Min((seconds ?? 0) * count, TimeSpan.MaxValue.TotalSeconds / 2));
        return seconds is not null;
    }
}
