namespace PhaserAI.Migrations.Execution;

/// <summary>
/// What brings a session back to where it began, so that no script inherits anything from the one before. It runs inside
/// the migration's own transaction, after its last statement and before its history row: a rollback then restores the
/// clean state by itself.
/// </summary>
internal static class SessionReset
{
    public static IReadOnlyList<string> Statements { get; } =
    [
        "SET CONSTRAINTS ALL IMMEDIATE",
        "RESET SESSION AUTHORIZATION",
        "RESET ROLE",
        "RESET ALL",
        "CLOSE ALL",
        "DEALLOCATE ALL",
        "UNLISTEN *",
        "DISCARD TEMP",
    ];
}
