namespace PhaserAI.Migrations.Lambda;

/// <summary>What became of a request of CloudFormation.</summary>
/// <param name="Succeeded">Whether the stack goes on.</param>
/// <param name="Reason">Why not, or what was done.</param>
internal sealed record ResourceOutcome(bool Succeeded, string Reason)
{
    /// <summary>The newest version that is applied.</summary>
    public string? Version { get; init; }

    /// <summary>How many are applied.</summary>
    public int Applied { get; init; }

    /// <summary>Applied, UpToDate, Kept (the database is ahead of the stack), TakenBack, or Deleted.</summary>
    public string Status { get; init; } = "";

    /// <summary>Whether there is more to do, for which another invocation has the time.</summary>
    public bool Continues { get; init; }

    public static ResourceOutcome Failed(string reason) => new(false, reason);
}
