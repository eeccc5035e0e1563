using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace PhaserAI.Migrations.Hosting;

/// <summary>Writes to a log what happens during a run. How far a backup or an index is comes many times, and is for those who debug.</summary>
internal sealed class LoggedProgress(ILogger logger) : IProgress<MigrationEvent>
{
    public void Report(MigrationEvent value)
    {
        switch (value)
        {
            case LockAwaited awaited:
                MigrationLog.LockAwaited(logger, awaited.Holder is { } holder ? Name(holder) : "another run");
                break;
            case LockAcquired acquired:
                MigrationLog.LockAcquired(logger, acquired.Waited.TotalMilliseconds);
                break;
            case MigrationStarted started:
                MigrationLog.MigrationStarted(logger, started.FileName, started.Number, started.Count);
                break;
            case MigrationFinished finished:
                MigrationLog.MigrationFinished(logger, finished.FileName, finished.Duration.TotalMilliseconds);
                break;
            case MigrationRetried retried:
                MigrationLog.MigrationRetried(logger, retried.Version, retried.Message, retried.SqlState, retried.Delay.TotalMilliseconds, Names(retried.Blockers));
                break;
            case StatementBlocked blocked:
                MigrationLog.StatementBlocked(logger, blocked.Relation ?? "another transaction", Names(blocked.Blockers));
                break;
            case StatementUnblocked unblocked:
                MigrationLog.StatementUnblocked(logger, unblocked.Waited.TotalMilliseconds);
                break;
            case IndexBuildProgress build:
                MigrationLog.IndexProgress(logger, build.Relation ?? "an index", build.Phase, build.Done, build.Total);
                break;
            case InvalidIndexDropped index:
                MigrationLog.Healed(logger, $"Dropped {index.Name}, an INVALID index that an interrupted build had left; it is built again");
                break;
            case DetachFinalized detach:
                MigrationLog.Healed(logger, $"Finished the detachment of {detach.Partition} from {detach.Table}, which an interrupted run had left pending");
                break;
            case StepFoundDone done:
                MigrationLog.StepFoundDone(logger, done.Step, done.Version);
                break;
            case NoticeReceived notice:
                MigrationLog.Notice(logger, notice.Severity is "WARNING" ? LogLevel.Warning : LogLevel.Information, notice.Severity, notice.Message);
                break;
            case RowsReturned rows:
                MigrationLog.Rows(logger, rows.RowCount); // not the rows: they are data
                break;
            case BackupProgress backup:
                MigrationLog.BackupProgress(logger, backup.Verb, backup.Address, backup.Bytes);
                break;
            case BackupMade made:
                MigrationLog.BackupMade(logger, made.Address, made.Bytes);
                break;
        }
    }

    private static string Names(ImmutableArray<LockHolder> holders) => holders.IsEmpty ? "not seen" : string.Join("; ", holders.Select(Name));

    private static string Name(LockHolder holder) =>
        $"pid {holder.ProcessId} ({holder.User ?? "user hidden"}, {holder.Application ?? "no application name"}, {holder.Client ?? "local"})";
}
