using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using PhaserAI.Migrations.Cdk;

namespace PhaserAI.Infra;

/// <summary>
/// The whole system of one environment: <c>phaserai-database-{environment}</c> and, on top of it,
/// <c>phaserai-migration-{environment}</c>. Context says what is to be different (<c>npx cdk deploy --all -c environment=prod</c>).
/// </summary>
internal static class PhaserAiSystem
{
    /// <summary>
    /// For the <see cref="App"/>: no stack traces. They would say in which folder of this moment the CDK lies, and so no two syntheses would be the
    /// same. In cdk.json the CDK warns of these keys.
    /// </summary>
    public static Dictionary<string, object> Context => new(StringComparer.Ordinal)
    {
        ["aws:cdk:disable-creation-stack-traces"] = true,
        ["aws:cdk:disable-stack-trace"] = true,
    };

    /// <param name="app">Where the stacks are added.</param>
    /// <param name="variable">Looks up an environment variable.</param>
    public static MigrationStack AddTo(App app, Func<string, string?> variable)
    {
        string? Read(string name) => app.Node.TryGetContext(name) is string { Length: > 0 } text ? text : null;

        var environment = EnvironmentSize.Of(Read("environment") ?? (variable("ENVIRONMENT") is { Length: > 0 } set ? set : "dev")).Name;
        // CloudFormation takes the tags of dashboards since lately, and not everywhere
        var tagged = new TagProps { ExcludeResourceTypes = ["AWS::CloudWatch::Dashboard"] };
        Tags.Of(app).Add("project", "phaserai", tagged);
        Tags.Of(app).Add("environment", environment, tagged);
        var database = new DatabaseStack(app, $"phaserai-database-{environment}", new DatabaseStackProps
        {
            Description = $"PostgreSQL of PhaserAI, {environment}",
            Environment = environment,
            Vpc = ReadVpc(Read),
            InstanceClass = Read("instanceClass"),
        });
        return new MigrationStack(app, $"phaserai-migration-{environment}", new MigrationStackProps
        {
            Description = $"Migrations of PhaserAI's database, {environment}",
            AlertEmail = Read("alertEmail"),
            Migrations = new PostgresMigrationsProps
            {
                Environment = environment,
                Vpc = database.Vpc,
                Database = database.Database,
                Migrations = Read("migrations") ?? "migrations",
                Function = variable("PHASERAI_LAMBDA") ?? Path.Combine("..", "artifacts", "lambda"),
                Backup = ReadChoice<RdsBackup>("backup", Read("backup")),
                ReservedConcurrency = Read("reservedConcurrency") == "none" ? null : 1,
                OnStackRollback = ReadChoice<OnStackRollback>("onStackRollback", Read("onStackRollback")) ?? OnStackRollback.Keep,
            },
        });
    }

    private static VpcAttributes? ReadVpc(Func<string, string?> context)
    {
        if (context("vpcId") is not { } id)
            return null;
        string[] List(string name) => context(name)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            ?? throw new SynthesisException($"error: the context has a vpcId and no {name}\n   = next: Add -c {name}=…,… in the order of the zones, or leave vpcId out for a new network.");
        return new VpcAttributes
        {
            VpcId = id,
            AvailabilityZones = List("availabilityZones"),
            IsolatedSubnetIds = List("isolatedSubnetIds"),
            IsolatedSubnetRouteTableIds = List("isolatedRouteTableIds"),
        };
    }

    private static T? ReadChoice<T>(string name, string? text)
        where T : struct, Enum
    {
        if (text is null)
            return null;
        return Enum.TryParse<T>(text, ignoreCase: true, out var choice) && Enum.IsDefined(choice)
            ? choice
            : throw new SynthesisException($"error: the context's {name} is \"{text}\"\n   = next: Say {string.Join(" or ", Enum.GetNames<T>()).ToLowerInvariant()}.");
    }
}
