using System.Collections.Immutable;

namespace PhaserAI.Migrations.Cli.Metrics;

/// <summary>The metrics of <c>--metrics</c>: the one list that docs/metrics.md is checked against. Alarms rely on names and units.</summary>
internal static class KnownMetrics
{
    public static readonly MetricKind ExecutionTime = new("MigrationExecutionTime", "Milliseconds", "`up`, `down`", "What the migrations of the run took, the failed one too; without connecting, waiting for another run and the backup");
    public static readonly MetricKind Success = new("MigrationSuccess", "Count", "`up`, `down`", "1 when everything is done, also when there was nothing to do; else 0");
    public static readonly MetricKind Failure = new("MigrationFailure", "Count", "`up`, `down`", "1 when the run did not do its work: a migration failed or was cancelled, the plan was refused, no lock, no connection, no backup; else 0, also when nobody confirmed it");
    public static readonly MetricKind ConnectionErrors = new("DatabaseConnectionErrors", "Count", "`up`, `down`; any of these commands when it is 1", "1 when there was no usable connection or it was lost; else 0");
    public static readonly MetricKind Pending = new("PendingMigrations", "Count", "`up`, `down`, `status`, `list`, `plan`, `--dry-run`", "How many migrations are not applied, or only in part; not when that could not be read");
    public static readonly MetricKind LockWait = new("LockWaitTime", "Milliseconds", "`up`, `down`", "Waited for another run, and for other sessions' locks: half a second and longer, and between two attempts");
    public static readonly MetricKind BackupDuration = new("BackupDuration", "Milliseconds", "A backup was made", "What it took");
    public static readonly MetricKind BackupBytes = new("BackupBytes", "Bytes", "A backup was made", "Its length");
    public static readonly MetricKind BackupFailure = new("BackupFailure", "Count", "A backup was made, or could not be", "1 when it could not be made; else 0");
    public static readonly MetricKind RunSeconds = new("MigrationRunSeconds", "Seconds", "`up`, `down`: each minute, and at the end", "How long the run has been going on");

    public static ImmutableArray<MetricKind> All { get; } =
        [ExecutionTime, Success, Failure, ConnectionErrors, Pending, LockWait, BackupDuration, BackupBytes, BackupFailure, RunSeconds];
}

/// <summary>A metric.</summary>
/// <param name="Name">Its name in CloudWatch.</param>
/// <param name="Unit">Its unit, in CloudWatch's words.</param>
/// <param name="When">When it is written, for the reference.</param>
/// <param name="Meaning">What its value is, for the reference.</param>
internal sealed record MetricKind(string Name, string Unit, string When, string Meaning);
