using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations;

/// <summary>
/// What a database says about its migrations: reads it, checks it and mends it. Runs no script. Each call opens its own
/// connection and closes it.
/// </summary>
public sealed class MigrationHistory(MigrationOptions options)
{
    /// <summary>Everything that was done or refused, newest last. Writes nothing and takes no lock: it works on a standby and during a run.</summary>
    /// <param name="version">Only what is about this migration; null for everything.</param>
    /// <param name="limit">At most that many entries, the newest; null for all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="MigrationException">There is no connection, or the history can't be read.</exception>
    public Task<HistoryLog> ReadLogAsync(MigrationVersion? version = null, int? limit = null, CancellationToken cancellationToken = default) =>
        MigrationConnection.UseAsync(
            options,
            async (connection, _) =>
            {
                var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
                var entries = await history.ReadLogAsync(version?.ToString(), limit, cancellationToken).ConfigureAwait(false);
                return new HistoryLog(history.Database, history.HasLog, entries);
            },
            cancellationToken);

    /// <summary>Compares files and history. Writes nothing and takes no lock.</summary>
    /// <param name="deep">
    /// Whether to look also for the objects that applied scripts create. What a script does not plainly say is not looked for.
    /// </param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="MigrationException">There is no connection, or the history can't be read.</exception>
    public Task<ValidationReport> ValidateAsync(bool deep = false, CancellationToken cancellationToken = default) =>
        MigrationConnection.UseAsync(
            options,
            async (connection, scripts) =>
            {
                var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
                var snapshot = await history.ReadAsync(cancellationToken).ConfigureAwait(false);
                var needed = deep ? AppliedObjects.NeedStored(scripts, snapshot) : Validation.FindChanged(scripts, snapshot);
                var stored = await history.ReadStoredAsync(needed, cancellationToken).ConfigureAwait(false);
                var report = Validation.Validate(history.Database, scripts, snapshot, options.Drift, stored);
                if (!deep)
                    return report;
                var objects = AppliedObjects.Find(scripts, snapshot, stored);
                var missing = await ObjectCatalog.CheckAsync(connection, objects, cancellationToken).ConfigureAwait(false);
                return report with { Findings = report.Findings.AddRange(missing), CheckedObjects = objects.Length };
            },
            cancellationToken);
}
