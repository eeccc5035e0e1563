using Amazon.CDK;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.Logs;
using PhaserAI.Migrations.Aws;

namespace PhaserAI.Migrations.Cdk;

/// <summary>What the function may do, statement by statement. Metrics are lines of its log, and need no right of their own.</summary>
internal static class FunctionStatements
{
    // AWS Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC", required IAM permissions: EC2 knows
    // no narrower resource for some of them, and Lambda checks them for all before it makes the function.
    private static readonly string[] NetworkInterfaces =
    [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    ];

    public static PolicyStatement[] For(Stack stack, string functionName, ILogGroup logs, MigrationDatabase database)
    {
        var self = Arn(stack, "lambda", "function", functionName);
        var statements = new List<PolicyStatement>
        {
            Allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], logs.LogGroupArn),
            Allow("NetworkInterfaces", NetworkInterfaces, "*"),
            // They are Lambda's to use, not the program's (the same page, "deny function execution role").
            new(new PolicyStatementProps
            {
                Sid = "NoNetworkInterfacesForTheProgram",
                Effect = Effect.DENY,
                Actions = NetworkInterfaces,
                Resources = ["*"],
                Conditions = Condition("ArnEquals", "lambda:SourceFunctionArn", self),
            }),
            Allow("ContinueAfterFifteenMinutes", ["lambda:InvokeFunction"], self),
            Allow("PasswordOfTheDatabase", ["secretsmanager:GetSecretValue"], database.Secret.SecretFullArn ?? $"{database.Secret.SecretArn}-??????"),
        };
        if (database.Secret.EncryptionKey is { } key)
            statements.Add(Allow("KeyOfThatSecret", ["kms:Decrypt"], key.KeyArn, Condition("StringEquals", "kms:ViaService", $"secretsmanager.{stack.Region}.amazonaws.com")));
        statements.AddRange(database.IsCluster ? ClusterSnapshots(stack, database) : InstanceSnapshots(stack, database));
        return [.. statements];
    }

    // The list of a database's snapshots is asked of no snapshot by name.
    private static PolicyStatement[] InstanceSnapshots(Stack stack, MigrationDatabase database)
    {
        var instance = Arn(stack, "rds", "db", database.Identifier);
        var snapshots = Arn(stack, "rds", "snapshot", $"{RdsSnapshotName.PrefixFor(database.Identifier)}*");
        return
        [
            Allow("StateOfTheDatabase", ["rds:DescribeDBInstances"], instance),
            Allow("ListOfSnapshots", ["rds:DescribeDBSnapshots"], [instance, Arn(stack, "rds", "snapshot", "*")]),
            Allow("Snapshots", ["rds:CreateDBSnapshot"], [instance, snapshots]),
            Allow("TagsOfSnapshots", ["rds:AddTagsToResource"], snapshots),
        ];
    }

    private static PolicyStatement[] ClusterSnapshots(Stack stack, MigrationDatabase database)
    {
        var cluster = Arn(stack, "rds", "cluster", database.Identifier);
        var snapshots = Arn(stack, "rds", "cluster-snapshot", $"{RdsSnapshotName.PrefixFor(database.Identifier)}*");
        return
        [
            Allow("StateOfTheDatabase", ["rds:DescribeDBClusters"], cluster),
            Allow("ListOfSnapshots", ["rds:DescribeDBClusterSnapshots"], [cluster, Arn(stack, "rds", "cluster-snapshot", "*")]),
            Allow("Snapshots", ["rds:CreateDBClusterSnapshot"], [cluster, snapshots]),
            Allow("TagsOfSnapshots", ["rds:AddTagsToResource"], snapshots),
        ];
    }

    private static PolicyStatement Allow(string sid, string[] actions, string resource, Dictionary<string, object>? conditions = null) =>
        Allow(sid, actions, [resource], conditions);

    private static PolicyStatement Allow(string sid, string[] actions, string[] resources, Dictionary<string, object>? conditions = null) =>
        new(new PolicyStatementProps { Sid = sid, Actions = actions, Resources = resources, Conditions = conditions });

    private static Dictionary<string, object> Condition(string comparison, string key, string value) =>
        new() { [comparison] = new Dictionary<string, object> { [key] = value } };

    private static string Arn(Stack stack, string service, string kind, string name) => stack.FormatArn(new ArnComponents
    {
        Service = service,
        Resource = kind,
        ResourceName = name,
        ArnFormat = ArnFormat.COLON_RESOURCE_NAME,
    });
}
