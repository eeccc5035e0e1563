using System.Collections.Immutable;
using System.Globalization;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>What happens during a run, in sentences.</summary>
internal static class RunText
{
    public static string Waiting(LockHolder? holder) => holder is null
        ? "Waiting for another migration run to end …"
        : $"Waiting for another migration run to end: {Holder(holder)} …";

    public static string Blocked(StatementBlocked blocked)
    {
        var what = blocked switch
        {
            { Lock: null } => "a lock",
            { Relation: { } relation } => $"{blocked.Lock} on {relation}",
            _ => "another transaction to end",
        };
        return $"for {what}; in the way: {Holders(blocked.Blockers)}";
    }

    public static string Holders(ImmutableArray<LockHolder> holders) => string.Join("; ", holders.Select(Holder));

    /// <summary>Who it is and what it does: <c>pid 12 (app, psql, from 10.0.0.5, idle in transaction since 2025-01-01 12:00:00Z): LOCK t</c>.</summary>
    public static string Holder(LockHolder holder)
    {
        var since = holder.Since is { } time ? $"since {time.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z" : null;
        string?[] facts =
        [
            holder.User,
            holder.PreventsWraparound ? "autovacuum to prevent wraparound, which does not give way" : holder.Application,
            holder.Client is null ? null : $"from {holder.Client}",
            string.Join(' ', new[] { holder.State, since }.Where(fact => fact is not null)),
        ];
        var who = holder.ProcessId == 0 ? "a prepared transaction" : $"pid {holder.ProcessId}";
        var known = string.Join(", ", facts.Where(fact => !string.IsNullOrEmpty(fact)));
        return Printable.Of($"{who}{(known.Length == 0 ? "" : $" ({known})")}{(holder.Query is null ? "" : $": {holder.Query}")}");
    }

    /// <summary><c>building i: building index: scanning table, 120 of 480 (25 %), pid 12</c>.</summary>
    public static string Building(IndexBuildProgress build)
    {
        var share = build.Percent is { } percent ? string.Create(CultureInfo.InvariantCulture, $", {build.Done} of {build.Total} ({percent:0} %)") : "";
        return Printable.Of($"building {build.Relation ?? "an index"}: {build.Phase}{share}, pid {build.ProcessId}");
    }

    public static string FoundDone(StepFoundDone done) =>
        $"Step {done.Step} of {done.Version} had been begun by an interrupted run, and the server has finished it: it is not run again.";

    public static string Healed(InvalidIndexDropped index) =>
        $"dropped {index.Name}, an INVALID index that an interrupted build had left; it is built again";

    public static string Healed(DetachFinalized detach) =>
        $"finished the detachment of {detach.Partition} from {detach.Table}, which an interrupted run had left pending";

    public static string Retrying(MigrationRetried retried) =>
        $"{Printable.Of(retried.Message)} [{retried.SqlState}]; {retried.Version} is tried again in {TextReporter.Duration(retried.Delay)}"
            + (retried.Blockers.IsEmpty ? "" : $"; in the way: {Holders(retried.Blockers)}");

    /// <summary>How a run ended.</summary>
    public static string Summary(MigrationReport report)
    {
        if (report.Finished.IsEmpty)
            return $"Nothing to do: {WhyNothing(report)}.";
        var total = report.Finished.Aggregate(TimeSpan.Zero, (sum, finished) => sum + finished.Duration);
        var verb = report.Direction is MigrationDirection.Up ? "Applied" : "Rolled back";
        return $"{verb} {TextReporter.Count(report.Finished.Length)} in {TextReporter.Duration(total)}.";
    }

    /// <summary>What <c>validate --deep</c> has looked for.</summary>
    public static string CheckedObjects(ValidationReport report) => report.CheckedObjects switch
    {
        null => "",
        0 => "; their scripts name no object to look for",
        1 => ", and the object that they are known to have created is there",
        var count => $", and the {count} objects that they are known to have created are there",
    };

    /// <summary>What lies beyond the version that was asked for is still pending, or still applied.</summary>
    private static string WhyNothing(MigrationReport report)
    {
        var isUp = report.Direction is MigrationDirection.Up;
        return (isUp, report.Status?.Migrations.Any(migration => migration.State is not MigrationState.Skipped && (migration.State is MigrationState.Pending) == isUp)) switch
        {
            (true, true) => "everything up to that version is applied already",
            (true, _) => "no migration is pending",
            (false, true) => "nothing after that version is applied",
            (false, _) => "there is no migration to roll back",
        };
    }
}
