using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.Lambda;
using Amazon.CDK.AWS.Logs;
using Constructs;

namespace PhaserAI.Migrations.Cdk;

/// <summary>
/// The function that migrates a database, and a resource that calls it whenever a deployment brings other migrations. What
/// needs the migrated schema depends on this construct.
/// </summary>
public sealed class PostgresMigrations : Construct
{
    // CloudFormation waits no longer for a custom resource, and so for a chain of invocations (AWS::CloudFormation::CustomResource, ServiceTimeout).
    private const int ServiceTimeoutSeconds = 3600;

    /// <exception cref="SynthesisException">A migration has an error, or the function is not built.</exception>
    public PostgresMigrations(Construct scope, string id, PostgresMigrationsProps props)
        : base(scope, id)
    {
        ArgumentNullException.ThrowIfNull(props);
        var size = EnvironmentSize.Of(props.Environment);
        Environment = size.Name;
        Metrics = new MigrationMetrics(props.MetricsNamespace, size.Name);
        var asset = MigrationAsset.Read(props.Function);
        var scripts = ReadScripts(props, asset);
        if (size.VerifiesServer && !asset.HasCertificates)
            throw new SynthesisException(NoCertificates(props.Function, size.Name));

        LogGroup = new LogGroup(this, "Logs", new LogGroupProps { Retention = size.LogRetention, RemovalPolicy = size.LogRemoval });
        SecurityGroup = new SecurityGroup(this, "SecurityGroup", new SecurityGroupProps
        {
            Vpc = props.Vpc,
            Description = "The function that migrates the database",
            AllowAllOutbound = false,
        });
        SecurityGroup.AddEgressRule(Peer.AnyIpv4(), Port.Tcp(443), "Secrets Manager, RDS, Lambda, and S3 for the answer to CloudFormation");
        SecurityGroup.Connections.AllowToDefaultPort(props.Database.Connections, "PostgreSQL");

        var name = $"phaserai-migration-{size.Name}-MigrationFunction";
        Function = new Function(this, "MigrationFunction", new FunctionProps
        {
            FunctionName = name,
            Description = "Migrates the PostgreSQL database: up, down, status, plan, validate, history, backup-info",
            Runtime = Runtime.PROVIDED_AL2023,
            Architecture = asset.Architecture,
            Handler = "bootstrap",
            Code = Code.FromAsset(asset.Folder),
            MemorySize = 512,
            Timeout = Duration.Seconds(900),
            // One run at a time is what the lock makes of it anyway; so no second one waits for the lock at 900 s each.
            ReservedConcurrentExecutions = props.ReservedConcurrency,
            // Who called decides whether to try again: CloudFormation has its answer by then, or has given up.
            RetryAttempts = 0,
            MaxEventAge = Duration.Seconds(ServiceTimeoutSeconds),
            Vpc = props.Vpc,
            VpcSubnets = props.Subnets ?? new SubnetSelection { SubnetType = SubnetType.PRIVATE_ISOLATED },
            SecurityGroups = [SecurityGroup],
            Role = CreateRole(name, props.Database),
            LogGroup = LogGroup,
            Environment = Variables(props, size.Name, asset),
        });

        Resource = new CustomResource(this, "Database", new CustomResourceProps
        {
            ServiceToken = Function.FunctionArn,
            ServiceTimeout = Duration.Seconds(ServiceTimeoutSeconds),
            ResourceType = "Custom::DatabaseMigration",
            // The database outlives the stack. And a function that can't answer any more, because an endpoint went first, delays no deletion.
            RemovalPolicy = RemovalPolicy.RETAIN,
            Properties = new Dictionary<string, object>
            {
                ["MigrationsHash"] = scripts.Hash,
                ["Database"] = $"{props.Database.Identifier}/{props.Database.Name}",
                ["Environment"] = size.Name,
                ["Version"] = scripts.Version,
                ["OnStackRollback"] = props.OnStackRollback.ToString(),
            },
        });
        // With them what lies below: rules between the security groups, a cluster's instances. Nothing else leads from the resource to these.
        Resource.Node.AddDependency(Function, SecurityGroup, LogGroup, props.Database.Resource);
        for (var i = 0; i < scripts.Findings.Length; i++)
            Annotations.Of(this).AddWarningV2($"phaserai:migrations:{i + 1}", scripts.Findings[i]);
    }

    /// <summary>dev, test, staging or prod.</summary>
    public string Environment { get; }

    /// <summary>The function, named <c>phaserai-migration-{environment}-MigrationFunction</c>.</summary>
    public Function Function { get; }

    /// <summary>Where it logs.</summary>
    public LogGroup LogGroup { get; }

    /// <summary>The function's; the database's has a rule that lets it in.</summary>
    public SecurityGroup SecurityGroup { get; }

    /// <summary>The resource that is created, and updated when the migrations change.</summary>
    public CustomResource Resource { get; }

    /// <summary>The newest version that the database had when it was deployed.</summary>
    public string SchemaVersion => Resource.GetAttString("Version");

    internal MigrationMetrics Metrics { get; }

    /// <summary>What is packed is what runs: that must be what was reviewed.</summary>
    private static MigrationScripts ReadScripts(PostgresMigrationsProps props, MigrationAsset asset)
    {
        var scripts = MigrationScripts.Read(props.Migrations, props.Environment);
        if (MigrationScripts.Read(asset.Migrations, props.Environment).Hash == scripts.Hash)
            return scripts;
        throw new SynthesisException(
            $"error: {asset.Migrations} holds other migrations than {props.Migrations}: the function was built before they were changed\n"
            + $"   = next: Run scripts/build-lambda.sh again, which packs infra/migrations; for another folder, Function must be one that packs it.\n");
    }

    private Role CreateRole(string functionName, MigrationDatabase database) => new(this, "Role", new RoleProps
    {
        AssumedBy = new ServicePrincipal("lambda.amazonaws.com"),
        Description = $"What {functionName} may do",
        InlinePolicies = new Dictionary<string, PolicyDocument>
        {
            ["Migrate"] = new(new PolicyDocumentProps { Statements = FunctionStatements.For(Stack.Of(this), functionName, LogGroup, database) }),
        },
    });

    private static Dictionary<string, string> Variables(PostgresMigrationsProps props, string environment, MigrationAsset asset)
    {
        var variables = new Dictionary<string, string>
        {
            ["ENVIRONMENT"] = environment,
            ["MIGRATIONS_DIR"] = MigrationAsset.MigrationsDirectory,
            ["DB_SECRET_ARN"] = props.Database.Secret.SecretArn,
            ["DB_HOST"] = props.Database.Host,
            ["DB_PORT"] = props.Database.Port,
            ["DB_NAME"] = props.Database.Name,
            [props.Database.IsCluster ? "DB_CLUSTER_IDENTIFIER" : "DB_INSTANCE_IDENTIFIER"] = props.Database.Identifier,
            ["MIGRATE_METRICS_NAMESPACE"] = props.MetricsNamespace,
        };
        if (asset.HasCertificates)
            variables["DB_SSLROOTCERT"] = MigrationAsset.CertificatesFile;
        if (props.Backup is { } backup)
            variables["MIGRATE_RDS_BACKUP"] = backup.ToString().ToLowerInvariant();
        foreach (var (name, value) in props.Variables)
            variables[name] = value;
        return variables;
    }

    private static string NoCertificates(string folder, string environment) =>
        $"error: {Path.Combine(folder, "certs", "global-bundle.pem")} is missing: in {environment} the server must prove who it is, and RDS has certificate authorities of its own\n"
        + "   = next: In the project's folder, run mkdir -p infra/certs && curl -o infra/certs/global-bundle.pem https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem, then scripts/build-lambda.sh.\n";
}
