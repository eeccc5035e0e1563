namespace PhaserAI.Migrations;

/// <summary>Which entries of a log are wanted; what is null does not matter.</summary>
public sealed record LogFilter
{
    /// <summary>All of them.</summary>
    public static LogFilter All { get; } = new();

    /// <summary>Only what is about this migration.</summary>
    public string? Version { get; init; }

    /// <summary>Only this action; <c>repair</c> stands for all its forms.</summary>
    public string? Action { get; init; }

    /// <summary>Only what ended so: <c>done</c>, <c>failed</c>, <c>refused</c> or <c>cancelled</c>.</summary>
    public string? Outcome { get; init; }

    /// <summary>Only what was done at this time or later. What has no time is left out.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only what was done before this time. What has no time is left out.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>At most that many of the rest, the newest.</summary>
    public int? Limit { get; init; }
}
