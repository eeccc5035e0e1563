namespace PhaserAI.Migrations;

/// <summary>A server process that holds a lock: that of migration runs, or one on what a statement needs.</summary>
/// <param name="ProcessId">Its pid on the server; 0 for a prepared transaction, which has none.</param>
/// <param name="User">The database user.</param>
/// <param name="Application">Its application_name; for one of the server's own processes what it is.</param>
/// <param name="Client">Its address; null for a local socket, or when the server does not show it.</param>
/// <param name="Since">Since when it may hold it: when its transaction began, or for the lock of migration runs its session.</param>
/// <param name="State">active, idle, idle in transaction …</param>
public sealed record LockHolder(
    int ProcessId, string? User, string? Application, string? Client, DateTimeOffset? Since, string? State)
{
    /// <summary>The beginning of its current or last statement, with passwords masked; null when the server does not show it.</summary>
    public string? Query { get; init; }

    /// <summary>Whether it is an autovacuum that, unlike others, does not give way: the server needs it against the wraparound of transaction ids.</summary>
    public bool PreventsWraparound { get; init; }
}
