using Amazon.CDK;
using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.CloudWatch.Actions;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.SNS;
using Amazon.CDK.AWS.SNS.Subscriptions;
using Constructs;

namespace PhaserAI.Migrations.Cdk;

/// <summary>
/// Alarms on the runs of <see cref="PostgresMigrations"/> and of the command line with <c>--metrics cloudwatch</c>, to one topic. Each
/// looks at single minutes, and is quiet while nothing runs.
/// </summary>
public sealed class MigrationAlarms : Construct
{
    // Lambda stops the function at 15 minutes, so an invocation never reports to have run for longer.
    private const int NearDeadlineMilliseconds = 14 * 60 * 1000;

    private readonly List<Alarm> _alarms = [];
    private readonly string _prefix;

    /// <param name="scope">The stack.</param>
    /// <param name="id">Their name there.</param>
    /// <param name="migrations">What they watch.</param>
    /// <param name="email">Who is told by mail, after confirming what Amazon SNS sends; null tells nobody.</param>
    public MigrationAlarms(Construct scope, string id, PostgresMigrations migrations, string? email = null)
        : base(scope, id)
    {
        ArgumentNullException.ThrowIfNull(migrations);
        _prefix = $"phaserai-migration-{migrations.Environment}-";
        Topic = CreateTopic();
        if (email is not null)
            Topic.AddSubscription(new EmailSubscription(email));

        var (metrics, function) = (migrations.Metrics, migrations.Function);
        var minute = new MetricOptions { Period = Duration.Minutes(1) };
        Add("Failed", metrics.Failure, 1, "A run did not do its work: a migration failed, the plan was refused, or there was no lock, connection or backup. The function's log and the command history say which, where and why.");
        Add("LongRunning", metrics.RunSeconds, 900, "A run has gone on for 15 minutes or longer, and may be hanging.");
        Add("ConnectionErrors", metrics.ConnectionErrors, 1, "The database could not be reached, or the connection broke, during a run.");
        Add("BackupFailed", metrics.BackupFailure, 1, "The backup before a run failed; in prod nothing was changed then.");
        Add("FunctionNearDeadline", function.MetricDuration(new MetricOptions { Period = Duration.Minutes(1), Statistic = "Maximum" }), NearDeadlineMilliseconds, "An invocation took 14 of the 15 minutes that Lambda allows.");
        Add("FunctionErrors", function.MetricErrors(minute), 1, "An invocation failed, crashed or was stopped at 15 minutes.");
        // A run that goes on in another invocation is turned away once or twice, until the one before it has ended.
        Add("FunctionThrottles", function.MetricThrottles(new MetricOptions { Period = Duration.Minutes(5) }), 1, "Invocations have been turned away for 15 minutes: another run does not end, or the account's concurrency is used up.", periods: 3);
    }

    /// <summary>Where alarms go. It is encrypted, so what is to read it from elsewhere needs the key.</summary>
    public Topic Topic { get; }

    /// <summary>The alarms.</summary>
    public IReadOnlyList<IAlarm> Alarms => _alarms;

    private void Add(string name, IMetric metric, double threshold, string description, int periods = 1)
    {
        var alarm = new Alarm(this, name, new AlarmProps
        {
            AlarmName = _prefix + name,
            AlarmDescription = description,
            Metric = metric,
            Threshold = threshold,
            ComparisonOperator = ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            EvaluationPeriods = periods,
            TreatMissingData = TreatMissingData.NOT_BREACHING,
        });
        alarm.AddAlarmAction(new SnsAction(Topic));
        _alarms.Add(alarm);
    }

    /// <summary>
    /// The key that AWS manages for SNS lets no alarm in, so it is one of our own; and a topic with a policy of its own has lost the
    /// default one, which did.
    /// </summary>
    private Topic CreateTopic()
    {
        var stack = Stack.Of(this);
        var cloudWatch = new ServicePrincipal("cloudwatch.amazonaws.com");
        var key = new Key(this, "Key", new KeyProps
        {
            Description = $"Messages of the alarms {_prefix}*",
            EnableKeyRotation = true,
            RemovalPolicy = RemovalPolicy.DESTROY,
        });
        key.AddToResourcePolicy(new PolicyStatement(new PolicyStatementProps
        {
            Sid = "Alarms",
            Principals = [cloudWatch],
            Actions = ["kms:Decrypt", "kms:GenerateDataKey"],
            Resources = ["*"],
            Conditions = SameAccount(stack),
        }));
        var topic = new Topic(this, "Topic", new TopicProps { DisplayName = "Database migrations", MasterKey = key, EnforceSSL = true });
        topic.AddToResourcePolicy(new PolicyStatement(new PolicyStatementProps
        {
            Sid = "Alarms",
            Principals = [cloudWatch],
            Actions = ["sns:Publish"],
            Resources = [topic.TopicArn],
            Conditions = SameAccount(stack),
        }));
        return topic;
    }

    private static Dictionary<string, object> SameAccount(Stack stack) =>
        new() { ["StringEquals"] = new Dictionary<string, object> { ["aws:SourceAccount"] = stack.Account } };
}
