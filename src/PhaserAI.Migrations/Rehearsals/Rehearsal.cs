using System.Globalization;
using Npgsql;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Rehearsals;

/// <summary>
/// Tries migrations on a copy of a database: measures them, takes them back, applies them again, and drops the copy, however it ends.
/// </summary>
public sealed class Rehearsal(RehearsalOptions options, IProgress<MigrationEvent>? progress = null)
{
    private readonly TimeProvider _clock = options.Migrations.TimeProvider;

    /// <summary>Runs it. A migration that fails is in the report.</summary>
    /// <exception cref="ConnectionFailedException">The source or the server does not answer.</exception>
    /// <exception cref="BackupFailedException">The copy can't be made.</exception>
    /// <exception cref="MigrationException">As for <see cref="Migrator.UpAsync"/>.</exception>
    public async Task<RehearsalReport> RunAsync(CancellationToken cancellationToken = default)
    {
        if (options.Backup is null)
        {
            // What can be known without a copy is told before there is one.
            var plan = await new Migrator(options.Migrations).PlanUpAsync(options.Target, cancellationToken).ConfigureAwait(false);
            if (!plan.Problems.IsEmpty || plan.Migrations.IsEmpty)
                return new RehearsalReport(plan);
        }

        var source = options.Backup is null ? await ReadSourceAsync(cancellationToken).ConfigureAwait(false) : null;
        var began = _clock.GetTimestamp();
        var scratch = await CopyDatabase.CreateAsync(options, source, progress, cancellationToken).ConfigureAwait(false);
        await using (scratch.ConfigureAwait(false))
        {
            var copy = options.Migrations with { ConnectionString = scratch.ConnectionStringLike(options.Migrations.ConnectionString), Login = options.ServerLogin };
            progress?.Report(new RehearsalAdvanced(RehearsalPhase.Copying, null));
            await FillAsync(scratch, cancellationToken).ConfigureAwait(false);
            progress?.Report(new RehearsalAdvanced(RehearsalPhase.Analyzing, null));
            var bytes = await SettleAsync(copy, cancellationToken).ConfigureAwait(false);
            var duration = _clock.GetElapsedTime(began);
            var report = await new UpDownUp(copy, options.Target, progress).RunAsync(cancellationToken).ConfigureAwait(false);
            return report with { Backup = options.Backup?.Backup.Name, Copy = scratch.Name, Server = scratch.Server, CopyBytes = bytes, CopyDuration = duration };
        }
    }

    private async Task<DatabaseForm> ReadSourceAsync(CancellationToken cancellationToken)
    {
        var connection = await MigrationConnection.OpenAsync(options.Migrations, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
            return await DatabaseForm.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    private async Task FillAsync(CopyDatabase scratch, CancellationToken cancellationToken)
    {
        var copy = options.Backups with { ConnectionString = scratch.ConnectionStringLike(null), Login = options.ServerLogin };
        var told = progress is null ? null : new CopyProgress(progress);
        if (options.Backup is { } backup)
        {
            copy = await copy.LogInAsync(cancellationToken).ConfigureAwait(false);
            // In a plain one whose each object is stands in the text.
            await RestoreTarget.FillAsync(backup, copy.ConnectionString, backup.Format is BackupFormat.Plain, copy, told, cancellationToken).ConfigureAwait(false);
            return;
        }

        var psql = await PostgresPrograms.FindAsync("psql", 0, "", options.Backups, cancellationToken).ConfigureAwait(false);
        var into = new CopyStore(psql.Program("psql"), copy, await copy.ReadAddressAsync(cancellationToken).ConfigureAwait(false));
        var backups = options.Backups with { ConnectionString = options.Migrations.ConnectionString, Login = options.Migrations.Login, Store = into, IsLogged = false };
        await new BackupWriter(backups, told).CreateAsync(withOwners: false, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Gives the planner what it knows of the source, and puts the hint bits and the visibility map in place, which a loaded table lacks: else
    /// the first to read it would write all of it. Who has loaded it counts what it did when it ends, over what a vacuum has counted before. Answers with
    /// the copy's size.
    /// </summary>
    private async Task<long> SettleAsync(MigrationOptions copy, CancellationToken cancellationToken)
    {
        var connection = await MigrationConnection.OpenAsync(copy, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await OtherSessions.WaitForEndAsync(connection, _clock, cancellationToken).ConfigureAwait(false);
            await OwnSql.RunAsync(connection, "vacuum (analyze)", cancellationToken).ConfigureAwait(false);
            var ask = new NpgsqlCommand("select pg_database_size(current_database())", connection);
            await using (ask.ConfigureAwait(false))
                return Convert.ToInt64(await ask.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Of the backup that fills the copy only how far it is.</summary>
    private sealed class CopyProgress(IProgress<MigrationEvent> outer) : IProgress<MigrationEvent>
    {
        public void Report(MigrationEvent value)
        {
            if (value is BackupProgress step)
                outer.Report(step with { Verb = step.Verb == "restoring" ? "copying" : "copying to" });
        }
    }
}
