using System.Collections.Immutable;

namespace PhaserAI.Migrations.Cli;

/// <summary>What the process returns. Scripts rely on these: they never change their meaning.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int MigrationFailed = 1;
    public const int Usage = 2;
    public const int PlanHasProblems = 3;
    public const int LockNotAcquired = 4;
    public const int NoConnection = 5;
    public const int RefusedByPolicy = 6;
    public const int Pending = 7;
    public const int Findings = 8;
    public const int BackupFailed = 9;
    public const int Unfinished = 10;
    public const int Cancelled = 130;

    public static ImmutableArray<(int Code, string Meaning)> Meanings { get; } =
    [
        (Done, "Done."),
        (MigrationFailed, "A migration failed."),
        (Usage, "The command line or a setting is wrong."),
        (PlanHasProblems, "The migrations have problems; nothing was changed."),
        (LockNotAcquired, "Another run holds the lock."),
        (NoConnection, "There is no usable connection."),
        (RefusedByPolicy, "The environment's policy does not allow it, or nobody confirmed it."),
        (Pending, "status --check: migrations are pending."),
        (Findings, "validate, rehearse, doctor: there is something to know."),
        (BackupFailed, "A backup or a copy could not be made, restored or verified; nothing was migrated."),
        (Unfinished, "The time of a Lambda function was over; the same action goes on from there."),
        (Cancelled, "Cancelled."),
    ];
}
