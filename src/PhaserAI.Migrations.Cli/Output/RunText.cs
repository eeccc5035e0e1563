namespace PhaserAI.Migrations.Cli.Output;

/// <summary>What happens during a run, in sentences.</summary>
internal static class RunText
{
    public static string Waiting(LockHolder? holder) => holder is null
        ? "Waiting for another migration run to end …"
        : $"Waiting for another migration run to end: pid {holder.ProcessId}, {holder.User ?? "user hidden"}"
            + $"{(holder.Application is null ? "" : $", {holder.Application}")}{(holder.Client is null ? "" : $", from {holder.Client}")} …";

    public static string FoundDone(StepFoundDone done) =>
        $"Step {done.Step} of {done.Version} had been begun by an interrupted run, and the server has finished it: it is not run again.";

    public static string Healed(InvalidIndexDropped index) =>
        $"dropped {index.Name}, an INVALID index that an interrupted build had left; it is built again";

    public static string Healed(DetachFinalized detach) =>
        $"finished the detachment of {detach.Partition} from {detach.Table}, which an interrupted run had left pending";

    public static string Retrying(MigrationRetried retried) =>
        $"{retried.Message} [{retried.SqlState}]; {retried.Version} was rolled back and runs again in {TextReporter.Duration(retried.Delay)}";
}
