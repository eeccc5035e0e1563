namespace PhaserAI.Migrations;

/// <summary>The server process that holds the migration lock.</summary>
/// <param name="ProcessId">Its pid on the server.</param>
/// <param name="User">The database user.</param>
/// <param name="Application">Its application_name.</param>
/// <param name="Client">Its address; null for a local socket, or when the server does not show it.</param>
/// <param name="Since">When its session began.</param>
/// <param name="State">active, idle, idle in transaction …</param>
public sealed record LockHolder(
    int ProcessId, string? User, string? Application, string? Client, DateTimeOffset? Since, string? State);
