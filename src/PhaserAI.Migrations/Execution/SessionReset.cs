using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// What brings a session back to where it began, so that no script inherits anything from the one before. It runs inside
/// the migration's own transaction, after its last statement and before its history row: a rollback then restores the
/// clean state by itself.
/// </summary>
internal static class SessionReset
{
    /// <summary>Forgets prepared statements.</summary>
    public const string Deallocate = "DEALLOCATE ALL";

    private static readonly string[] Settings = ["RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL"];

    private static readonly string[] All =
        ["SET CONSTRAINTS ALL IMMEDIATE", .. Settings, "CLOSE ALL", Deallocate, "UNLISTEN *", "DISCARD TEMP", "DISCARD SEQUENCES"];

    // RESET ALL brings back what the pooler's session began with; what the client asked for at its beginning is lost.
    private const string OwnEncoding = "SET client_encoding = 'UTF8'";

    public static IReadOnlyList<string> Statements { get; } = [.. All, "SET idle_session_timeout = 0"];

    /// <summary>The same for a session that a pooler will give to others: it is left as the server makes them.</summary>
    public static IReadOnlyList<string> Pooled { get; } = [.. All, OwnEncoding];

    /// <summary>What others may have left in a session of a pooler; no snapshot is taken, as by DISCARD.</summary>
    public static IReadOnlyList<string> PooledBefore { get; } = [.. Settings, OwnEncoding];

    /// <summary>
    /// What lets the runner write between two steps although the script has taken another role; at COMMIT the script's role
    /// is back (measured on 15: a SET LOCAL after a SET in the same transaction hides it only until then).
    /// </summary>
    public static IReadOnlyList<string> OwnRoleUntilCommit { get; } =
    [
        "SET LOCAL SESSION AUTHORIZATION DEFAULT",
        "SET LOCAL role TO DEFAULT",
    ];

    /// <summary>The same after a failure, when no transaction is open.</summary>
    public static async Task RunAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            foreach (var sql in Statements.Prepend("BEGIN").Append("COMMIT"))
                batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
