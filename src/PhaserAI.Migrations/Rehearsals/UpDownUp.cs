using System.Collections.Immutable;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Measuring;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Rehearsals;

/// <summary>Applies what is pending on a copy, measured; takes it back and applies it again as <c>up</c> and <c>down</c> do, and compares the schemas.</summary>
internal sealed class UpDownUp(MigrationOptions copy, MigrationVersion? target, IProgress<MigrationEvent>? progress)
{
    private readonly MigrationOptions _copy = copy with { Approve = null, BackUp = null };
    private readonly List<RehearsedMigration> _done = [];

    // Of the schema before each migration, and after the last one.
    private readonly List<ImmutableArray<string>> _schemas = [];

    public async Task<RehearsalReport> RunAsync(CancellationToken cancellationToken)
    {
        var plan = await new Migrator(_copy).PlanUpAsync(target, cancellationToken).ConfigureAwait(false);
        if (!plan.Problems.IsEmpty)
            return new RehearsalReport(plan);
        _schemas.Add(await DescribeAsync(cancellationToken).ConfigureAwait(false));
        if (await UpAsync(plan, cancellationToken).ConfigureAwait(false) is { } failed)
            return new RehearsalReport(plan) { Migrations = [.. _done], Failed = failed };
        var downFailed = await DownAsync(cancellationToken).ConfigureAwait(false);
        var again = downFailed is null ? await UpAgainAsync(cancellationToken).ConfigureAwait(false) : null;
        return new RehearsalReport(plan)
        {
            Migrations = [.. _done],
            DownFailed = downFailed,
            UpAgainFailed = again is { Succeeded: false } ? again : null,
            AfterUpAgain = again is { Succeeded: true } ? SchemaDifference.Of(_schemas[^1], await DescribeAsync(cancellationToken).ConfigureAwait(false)) : null,
        };
    }

    /// <summary>One by one, so that the schema between them is known; the run that failed.</summary>
    private async Task<MigrationReport?> UpAsync(MigrationPlan plan, CancellationToken cancellationToken)
    {
        var meter = new StatementMeter(token => MigrationConnection.OpenAsync(_copy, token), _copy.TimeProvider);
        await using (meter.ConfigureAwait(false))
        {
            foreach (var migration in plan.Migrations)
            {
                progress?.Report(new RehearsalAdvanced(RehearsalPhase.Up, migration.FileName));
                _ = MigrationVersion.TryParse(migration.Version, out var version);
                var report = await new Migrator(_copy with { Meter = meter }).UpAsync(version, cancellationToken).ConfigureAwait(false);
                if (!report.Succeeded)
                    return report;
                var (statements, asked) = meter.Take();
                var took = report.Finished[0].Duration - asked;
                _done.Add(new RehearsedMigration(migration.Version, migration.FileName, took > TimeSpan.Zero ? took : TimeSpan.Zero, statements));
                _schemas.Add(await DescribeAsync(cancellationToken).ConfigureAwait(false));
            }
        }

        return null;
    }

    /// <summary>The newest first, up to the first one that can't be taken back.</summary>
    private async Task<MigrationReport?> DownAsync(CancellationToken cancellationToken)
    {
        var difference = SchemaDifference.None;
        for (var i = _done.Count - 1; i >= 0; i--)
        {
            progress?.Report(new RehearsalAdvanced(RehearsalPhase.Down, _done[i].FileName));
            var report = await new Migrator(_copy).DownAsync(DownTarget.Single(_done[i].Version), cancellationToken).ConfigureAwait(false);
            if (!report.Plan.Problems.IsEmpty)
            {
                _done[i] = _done[i] with { DownProblems = report.Plan.Problems };
                return null;
            }

            if (!report.Succeeded)
                return report;
            // What newer ones have left is theirs.
            var (before, after) = (difference, await DescribeAsync(cancellationToken).ConfigureAwait(false));
            difference = SchemaDifference.Of(_schemas[i], after);
            _done[i] = _done[i] with { Down = report.Finished[0].Duration, AfterDown = difference.Since(before) };
        }

        return null;
    }

    private async Task<MigrationReport> UpAgainAsync(CancellationToken cancellationToken)
    {
        progress?.Report(new RehearsalAdvanced(RehearsalPhase.UpAgain, null));
        var report = await new Migrator(_copy).UpAsync(target, cancellationToken).ConfigureAwait(false);
        foreach (var finished in report.Finished)
        {
            if (_done.FindIndex(migration => migration.Version == finished.Version) is var i and >= 0)
                _done[i] = _done[i] with { UpAgain = finished.Duration };
        }

        return report;
    }

    /// <summary>The history's own tables are always there, so that they make no difference.</summary>
    private async Task<ImmutableArray<string>> DescribeAsync(CancellationToken cancellationToken)
    {
        var connection = await MigrationConnection.OpenAsync(_copy, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var history = await HistoryTable.LocateAsync(connection, _copy.HistorySchema, cancellationToken).ConfigureAwait(false);
            await history.EnsureAsync(cancellationToken).ConfigureAwait(false);
            return await SchemaDescription.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        }
    }
}
