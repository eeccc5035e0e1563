namespace PhaserAI.Migrations;

/// <summary>Something that was done to a database, or refused: a row of <c>schema_migrations_log</c>.</summary>
/// <param name="At">When; null for a row of <c>schema_migrations</c> that does not say.</param>
/// <param name="Action"><c>up</c>, <c>down</c>, <c>baseline</c>, <c>repair</c>, <c>repair --applied</c>, <c>repair --not-applied</c>, <c>reset-history</c>, <c>backup</c> or <c>restore</c>.</param>
/// <param name="Version">Which migration; null when it is about a run as a whole.</param>
/// <param name="Outcome"><c>done</c>, <c>failed</c>, <c>refused</c> or <c>cancelled</c>.</param>
public sealed record LogEntry(DateTimeOffset? At, string Action, string? Version, string Outcome)
{
    /// <summary>How long it took; null when nothing ran.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The database user (<c>session_user</c>).</summary>
    public string? DatabaseUser { get; init; }

    /// <summary>The user of the operating system.</summary>
    public string? OperatingSystemUser { get; init; }

    /// <summary>The machine that ran the tool.</summary>
    public string? Host { get; init; }

    /// <summary>Name and version of the tool.</summary>
    public string? Tool { get; init; }

    /// <summary>The environment's name.</summary>
    public string? Environment { get; init; }

    /// <summary>The commit that the migrations came from.</summary>
    public string? GitCommit { get; init; }

    /// <summary>The server's code of an error.</summary>
    public string? SqlState { get; init; }

    /// <summary>Why it failed or was refused, without secrets.</summary>
    public string? Error { get; init; }

    /// <summary>Why somebody did it, in their words; for <c>up</c> and <c>down</c>, what confirmed it.</summary>
    public string? Reason { get; init; }

    /// <summary>The address of the backup that was made before; of an action <c>backup</c> or <c>restore</c>, the one that it is about.</summary>
    public string? Backup { get; init; }

    /// <summary>False for an applied migration that is older than the log: what is known of it comes from <c>schema_migrations</c>.</summary>
    public bool IsLogged { get; init; } = true;
}
