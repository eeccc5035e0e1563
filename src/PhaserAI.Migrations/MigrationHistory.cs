using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Imports;
using PhaserAI.Migrations.Planning;

namespace PhaserAI.Migrations;

/// <summary>
/// What a database says about its migrations: reads it, checks it and mends it. Runs no script. Each call opens its own
/// connection and closes it.
/// </summary>
public sealed class MigrationHistory(MigrationOptions options)
{
    /// <summary>Everything that was done or refused, newest last. Writes nothing and takes no lock: it works on a standby and during a run.</summary>
    /// <param name="filter">Which entries; null for all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="MigrationException">There is no connection, or the history can't be read.</exception>
    public Task<HistoryLog> ReadLogAsync(LogFilter? filter = null, CancellationToken cancellationToken = default) =>
        MigrationConnection.UseAsync(
            options,
            async (connection, _) =>
            {
                var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
                var entries = await history.ReadLogAsync(filter ?? LogFilter.All, cancellationToken).ConfigureAwait(false);
                return new HistoryLog(history.Database, history.HasLog, entries);
            },
            cancellationToken);

    /// <summary>What <see cref="ChangeAsync"/> would write. Writes nothing and takes no lock.</summary>
    /// <exception cref="MigrationException">There is no connection, no usable history, or no such version.</exception>
    public Task<HistoryPlan> PlanChangeAsync(HistoryTarget target, CancellationToken cancellationToken = default) =>
        MigrationConnection.UseAsync(
            options,
            async (connection, loading) => await new HistoryExecutor(connection, await loading.ConfigureAwait(false), target, options)
                .PlanAsync(cancellationToken).ConfigureAwait(false),
            cancellationToken);

    /// <summary>Writes into the history what it is told, and runs no script: under the lock, in one transaction, with a row in the log.</summary>
    /// <param name="target">What to write.</param>
    /// <param name="reason">Why, for the log.</param>
    /// <param name="approve">Called with what is to be written; throws to refuse, and answers with what the log is to say about it. Null approves.</param>
    /// <param name="cancellationToken">Ends the call before anything is written.</param>
    /// <returns>What was written; nothing, if it has problems.</returns>
    /// <exception cref="MigrationException">There is no connection, no lock, no usable history, or no such version.</exception>
    public Task<HistoryPlan> ChangeAsync(
        HistoryTarget target, string reason, Func<HistoryPlan, CancellationToken, Task<string?>>? approve = null, CancellationToken cancellationToken = default) =>
        MigrationConnection.UseAsync(
            options,
            async (connection, loading) => await new HistoryExecutor(connection, await loading.ConfigureAwait(false), target, options)
                .RunAsync(reason, approve, cancellationToken).ConfigureAwait(false),
            cancellationToken);

    /// <summary>What <see cref="ImportAsync"/> would write. Writes nothing and takes no lock.</summary>
    /// <exception cref="MigrationException">There is no connection, or one of the histories can't be read.</exception>
    public Task<ImportPlan> PlanImportAsync(ImportOptions import, CancellationToken cancellationToken = default) =>
        MigrationConnection.UseAsync(
            options,
            async (connection, loading) => await new ImportExecutor(connection, await loading.ConfigureAwait(false), import, options)
                .PlanAsync(cancellationToken).ConfigureAwait(false),
            cancellationToken);

    /// <summary>
    /// Takes over what another tool has applied, and runs nothing of it: makes files here of its files, and records the history in one transaction
    /// under the lock. Run again after an interruption it goes on; when everything is there it writes nothing.
    /// </summary>
    /// <param name="import">Whose history it is.</param>
    /// <param name="reason">Why, for the log.</param>
    /// <param name="approve">Called with what is to be written; throws to refuse, and answers with what the log is to say about it. Null approves.</param>
    /// <param name="cancellationToken">Ends the call before anything is written.</param>
    /// <returns>What was written; nothing, if it has problems.</returns>
    /// <exception cref="MigrationException">There is no connection, no lock, no usable history, or a file can't be written.</exception>
    public Task<ImportPlan> ImportAsync(
        ImportOptions import, string reason, Func<ImportPlan, CancellationToken, Task<string?>>? approve = null, CancellationToken cancellationToken = default) =>
        MigrationConnection.UseAsync(
            options,
            async (connection, loading) => await new ImportExecutor(connection, await loading.ConfigureAwait(false), import, options)
                .RunAsync(reason, approve, cancellationToken).ConfigureAwait(false),
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
            async (connection, loading) =>
            {
                var history = await HistoryTable.LocateAsync(connection, options.HistorySchema, cancellationToken).ConfigureAwait(false);
                var snapshot = await history.ReadAsync(cancellationToken).ConfigureAwait(false);
                var scripts = await loading.ConfigureAwait(false);
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
