using Amazon.CDK;
using Amazon.CDK.AWS.CloudWatch;
using Constructs;

namespace PhaserAI.Migrations.Cdk;

/// <summary>One page of CloudWatch: the alarms, the runs, what they waited for, and their backups.</summary>
public sealed class MigrationDashboard : Construct
{
    private const int Half = 12;

    /// <param name="scope">The stack.</param>
    /// <param name="id">Its name there.</param>
    /// <param name="migrations">What it shows.</param>
    /// <param name="alarms">Their state stands at the top.</param>
    public MigrationDashboard(Construct scope, string id, PostgresMigrations migrations, MigrationAlarms alarms)
        : base(scope, id)
    {
        ArgumentNullException.ThrowIfNull(migrations);
        ArgumentNullException.ThrowIfNull(alarms);
        var (metrics, function) = (migrations.Metrics, migrations.Function);
        var minute = new MetricOptions { Period = Duration.Minutes(1) };
        var dashboard = new Dashboard(this, "Dashboard", new DashboardProps
        {
            DashboardName = $"phaserai-migration-{migrations.Environment}",
            DefaultInterval = Duration.Days(7),
        });
        dashboard.AddWidgets(new AlarmStatusWidget(new AlarmStatusWidgetProps { Title = "Alarms", Alarms = [.. alarms.Alarms], Width = 2 * Half }));
        dashboard.AddWidgets(
            Graph("Runs", metrics.Success, metrics.Failure, metrics.ConnectionErrors),
            Graph("Pending migrations", metrics.Pending));
        dashboard.AddWidgets(
            Graph("Execution time of a run (ms)", metrics.ExecutionTime("p50"), metrics.ExecutionTime("Maximum")),
            Graph("How long the run has gone on (s)", metrics.RunSeconds));
        dashboard.AddWidgets(
            Graph("Waiting for the lock (ms)", metrics.LockWait),
            Graph("Backups failed", metrics.BackupFailure));
        dashboard.AddWidgets(
            Graph("Duration of backups (ms)", metrics.BackupDuration),
            Graph("Size of backups (bytes)", metrics.BackupBytes));
        dashboard.AddWidgets(
            Graph("Function", function.MetricInvocations(minute), function.MetricErrors(minute), function.MetricThrottles(minute)),
            Graph("Function's duration (ms)", function.MetricDuration(new MetricOptions { Period = Duration.Minutes(1), Statistic = "Maximum" })));
    }

    private static GraphWidget Graph(string title, params IMetric[] metrics) => new(new GraphWidgetProps { Title = title, Left = metrics, Width = Half });
}
