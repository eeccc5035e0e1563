using System.Text.Json.Nodes;
using Amazon.CDK.Assertions;
using Xunit;

namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>An alarm for each line of the guide's "Alerts", a topic that they reach, and a page that shows the metrics.</summary>
public sealed class AlarmTests(Systems systems)
{
    [Theory]
    [InlineData("Failed", "PhaserAI/Migrations", "MigrationFailure", "Sum", 1, 60, 1)]
    [InlineData("LongRunning", "PhaserAI/Migrations", "MigrationRunSeconds", "Maximum", 900, 60, 1)]
    [InlineData("ConnectionErrors", "PhaserAI/Migrations", "DatabaseConnectionErrors", "Sum", 1, 60, 1)]
    [InlineData("BackupFailed", "PhaserAI/Migrations", "BackupFailure", "Sum", 1, 60, 1)]
    [InlineData("FunctionNearDeadline", "AWS/Lambda", "Duration", "Maximum", 840_000, 60, 1)]
    [InlineData("FunctionErrors", "AWS/Lambda", "Errors", "Sum", 1, 60, 1)]
    [InlineData("FunctionThrottles", "AWS/Lambda", "Throttles", "Sum", 1, 300, 3)]
    public void There_is_an_alarm(string name, string metricNamespace, string metric, string statistic, int threshold, int seconds, int periods) =>
        systems.Prod.Migration.HasResourceProperties("AWS::CloudWatch::Alarm", new Dictionary<string, object>
        {
            ["AlarmName"] = $"phaserai-migration-prod-{name}",
            ["Namespace"] = metricNamespace,
            ["MetricName"] = metric,
            ["Statistic"] = statistic,
            ["Threshold"] = threshold,
            ["Period"] = seconds,
            ["EvaluationPeriods"] = periods,
            ["ComparisonOperator"] = "GreaterThanOrEqualToThreshold",
            ["TreatMissingData"] = "notBreaching",
            ["AlarmActions"] = new object[] { Match.AnyValue() },
        });

    [Fact]
    public void Alarms_of_runs_are_of_their_environment()
    {
        var alarms = systems.Prod.Resources("AWS::CloudWatch::Alarm").Where(alarm => (string?)alarm["Properties"]!["Namespace"] == "PhaserAI/Migrations").ToArray();
        Assert.Equal(4, alarms.Length);
        Assert.All(alarms, alarm => Assert.Equal("""[{"Name":"Environment","Value":"prod"}]""", alarm["Properties"]!["Dimensions"]!.ToJsonString()));
    }

    [Fact]
    public void Topic_is_encrypted_with_a_key_that_lets_alarms_in()
    {
        Assert.NotNull(systems.Prod.Only("AWS::SNS::Topic")["KmsMasterKeyId"]);
        var key = systems.Prod.Resources("AWS::KMS::Key").Single(key => ((string)key["Properties"]!["Description"]!).StartsWith("Messages of the alarms", StringComparison.Ordinal));
        Assert.True((bool)key["Properties"]!["EnableKeyRotation"]!);
        Assert.Contains(key["Properties"]!["KeyPolicy"]!["Statement"]!.AsArray(), IsCloudWatchs);
        Assert.Contains(systems.Prod.Only("AWS::SNS::TopicPolicy")["PolicyDocument"]!["Statement"]!.AsArray(), IsCloudWatchs);
    }

    [Fact]
    public void Mail_goes_to_whom_the_context_names()
    {
        Assert.Empty(systems.Prod.Resources("AWS::SNS::Subscription"));
        using var system = SynthesizedSystem.Of("dev", null, ("alertEmail", "ops@example.com"));
        Assert.Equal("ops@example.com", (string?)system.Only("AWS::SNS::Subscription")["Endpoint"]);
    }

    [Theory]
    [InlineData("MigrationExecutionTime")]
    [InlineData("MigrationSuccess")]
    [InlineData("MigrationFailure")]
    [InlineData("DatabaseConnectionErrors")]
    [InlineData("PendingMigrations")]
    [InlineData("LockWaitTime")]
    [InlineData("BackupDuration")]
    [InlineData("BackupBytes")]
    [InlineData("BackupFailure")]
    [InlineData("MigrationRunSeconds")]
    public void Dashboard_shows(string metric)
    {
        var dashboard = systems.Prod.Only("AWS::CloudWatch::Dashboard");
        Assert.Equal("phaserai-migration-prod", (string?)dashboard["DashboardName"]);
        Assert.Contains($"\\\"PhaserAI/Migrations\\\",\\\"{metric}\\\",\\\"Environment\\\",\\\"prod\\\"", dashboard["DashboardBody"]!.ToJsonString().Replace("\\u0022", "\\\"", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static bool IsCloudWatchs(JsonNode? statement) =>
        statement!["Effect"]!.GetValue<string>() == "Allow"
        && statement["Principal"]!["Service"] is { } service && service.ToJsonString().Contains("cloudwatch", StringComparison.Ordinal)
        && statement["Condition"]!["StringEquals"]!["aws:SourceAccount"] is not null;
}
