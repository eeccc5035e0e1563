using Amazon.CDK;
using Amazon.CDK.AWS.IAM;
using Constructs;

namespace PhaserAI.Migrations.Cdk;

/// <summary>The stack that migrates a database whenever it is deployed: the function, its alarms and dashboard, and a bucket for backups.</summary>
public sealed class MigrationStack : Stack
{
    /// <param name="scope">The app.</param>
    /// <param name="id">The stack's name.</param>
    /// <param name="props">What is migrated, and with which migrations.</param>
    /// <exception cref="SynthesisException">A migration has an error, or the function is not built.</exception>
    public MigrationStack(Construct scope, string id, MigrationStackProps props)
        : base(scope, id, props)
    {
        ArgumentNullException.ThrowIfNull(props);
        Migrations = new PostgresMigrations(this, "Migrations", props.Migrations);
        Alarms = new MigrationAlarms(this, "Alarms", Migrations, props.AlertEmail);
        Dashboard = new MigrationDashboard(this, "Dashboard", Migrations, Alarms);
        Backups = new BackupBucket(this, "Backups", props.Migrations.Environment);
        Callers = new ManagedPolicy(this, "Callers", new ManagedPolicyProps
        {
            Description = "Calls the function that migrates the database",
            Statements = [new PolicyStatement(new PolicyStatementProps { Sid = "Call", Actions = ["lambda:InvokeFunction"], Resources = [Migrations.Function.FunctionArn] })],
        });

        Output("FunctionName", Migrations.Function.FunctionName);
        Output("LogGroupName", Migrations.LogGroup.LogGroupName);
        Output("SchemaVersion", Migrations.SchemaVersion);
        Output("AlertsTopicArn", Alarms.Topic.TopicArn);
        Output("BackupBucketName", Backups.Bucket.BucketName);
        Output("BackupKeyArn", Backups.Key.KeyArn);
        Output("BackupOperatorsPolicyArn", Backups.Operators.ManagedPolicyArn);
        Output("CallersPolicyArn", Callers.ManagedPolicyArn);
    }

    /// <summary>The function and the resource that calls it.</summary>
    public PostgresMigrations Migrations { get; }

    /// <summary>Their alarms.</summary>
    public MigrationAlarms Alarms { get; }

    /// <summary>Their page.</summary>
    public MigrationDashboard Dashboard { get; }

    /// <summary>Where the command line puts backups.</summary>
    public BackupBucket Backups { get; }

    /// <summary>For the people and pipelines that may call the function.</summary>
    public ManagedPolicy Callers { get; }

    private void Output(string name, string value) => _ = new CfnOutput(this, name, new CfnOutputProps { Value = value });
}
