using Amazon.CDK;
using Amazon.CDK.AWS.CloudWatch;

namespace PhaserAI.Migrations.Cdk;

/// <summary>The metrics that runs write, in one namespace, each by environment.</summary>
/// <param name="metricNamespace">The namespace, as in <c>MIGRATE_METRICS_NAMESPACE</c>.</param>
/// <param name="environment">dev, test, staging or prod.</param>
internal sealed class MigrationMetrics(string metricNamespace, string environment)
{
    public const string DefaultNamespace = "PhaserAI/Migrations";

    public Metric ExecutionTime(string statistic) => Of("MigrationExecutionTime", statistic);

    public Metric Success => Of("MigrationSuccess", "Sum");

    public Metric Failure => Of("MigrationFailure", "Sum");

    public Metric ConnectionErrors => Of("DatabaseConnectionErrors", "Sum");

    public Metric Pending => Of("PendingMigrations", "Maximum");

    public Metric LockWait => Of("LockWaitTime", "Maximum");

    public Metric BackupDuration => Of("BackupDuration", "Maximum");

    public Metric BackupBytes => Of("BackupBytes", "Maximum");

    public Metric BackupFailure => Of("BackupFailure", "Sum");

    /// <summary>Written each minute while a run goes on: a run that hangs is seen before it ends.</summary>
    public Metric RunSeconds => Of("MigrationRunSeconds", "Maximum");

    private Metric Of(string name, string statistic) => new(new MetricProps
    {
        Namespace = metricNamespace,
        MetricName = name,
        Statistic = statistic,
        Period = Duration.Minutes(1),
        DimensionsMap = new Dictionary<string, string> { ["Environment"] = environment },
    });
}
