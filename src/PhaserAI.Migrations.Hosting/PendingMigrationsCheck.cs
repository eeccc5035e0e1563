using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PhaserAI.Migrations.Hosting;

/// <summary>Healthy when no migration is pending. Several probes at once ask the database once.</summary>
internal sealed class PendingMigrationsCheck(PostgresMigrations migrations) : IHealthCheck, IDisposable
{
    private const int LongestList = 10;

    private readonly SemaphoreSlim _turn = new(1);
    private HealthCheckResult? _healthy;
    private long _askedAt;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_healthy is { } kept && migrations.Clock.GetElapsedTime(_askedAt) < migrations.Settings.HealthyFor)
                return kept;
            _healthy = null;
            var result = Judge(await migrations.GetStatusAsync(cancellationToken).ConfigureAwait(false), context.Registration.FailureStatus);
            if (result.Status is HealthStatus.Healthy)
                (_healthy, _askedAt) = (result, migrations.Clock.GetTimestamp());
            return result;
        }
        catch (DatabaseNotMigratedException unknown)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, unknown.Message, unknown);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private static HealthCheckResult Judge(MigrationStatus status, HealthStatus failure)
    {
        // One without a file is a newer version's, which migrates while this one serves; it matters no more than what is missing.
        var pending = status.Migrations.Where(migration => migration.State is MigrationState.Pending or MigrationState.Partial)
            .Select(migration => migration.FileName).OfType<string>().ToArray();
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["applied"] = status.Count(MigrationState.Applied),
            ["pending"] = pending,
            ["changed"] = status.Count(MigrationState.Changed),
            ["missing"] = status.Count(MigrationState.Missing),
        };
        if (!status.Problems.IsEmpty)
            return new HealthCheckResult(failure, $"the migrations can't be read: {status.Problems[0].File}: {status.Problems[0].Message}", data: data);
        return pending.Length == 0
            ? HealthCheckResult.Healthy($"no migration of database {status.Database} is pending", data)
            : new HealthCheckResult(failure, $"pending in database {status.Database}: {List(pending)}", data: data);
    }

    private static string List(string[] names) => names.Length <= LongestList
        ? string.Join(", ", names)
        : $"{string.Join(", ", names.Take(LongestList))} and {names.Length - LongestList} more";
}
