using System.Collections.Immutable;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>What a check has found.</summary>
/// <param name="State">How it stands.</param>
/// <param name="Message">What it is, without a full stop.</param>
/// <param name="Next">What to type or set; null where there is nothing to do.</param>
internal sealed record Finding(CheckState State, string Message, string? Next)
{
    private const int MostOfOneKind = 5;

    public static Finding Ok(string message) => new(CheckState.Ok, message, null);

    public static Finding Warning(string message, string next) => new(CheckState.Warning, message, next);

    public static Finding Problem(string message, string next) => new(CheckState.Problem, message, next);

    /// <param name="because">Why it was not checked: <c>there is no connection</c>.</param>
    public static Finding Skipped(string because) => new(CheckState.Skipped, because, null);

    /// <summary>The first few; of the rest, how many there are.</summary>
    public static ImmutableArray<Finding> Few(IReadOnlyList<Finding> findings, string more) => findings.Count <= MostOfOneKind
        ? [.. findings]
        : [.. findings.Take(MostOfOneKind), findings[MostOfOneKind] with { Message = $"and {findings.Count - MostOfOneKind} more", Next = more }];
}

/// <summary>How something stands.</summary>
internal enum CheckState
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It stops nothing now.</summary>
    Warning,

    /// <summary>It stops a command, or will.</summary>
    Problem,

    /// <summary>It was not checked.</summary>
    Skipped,
}
