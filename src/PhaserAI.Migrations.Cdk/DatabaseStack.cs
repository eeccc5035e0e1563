using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.Logs;
using Amazon.CDK.AWS.RDS;
using Amazon.CDK.AWS.SecretsManager;
using Constructs;

namespace PhaserAI.Migrations.Cdk;

/// <summary>
/// A database on RDS for PostgreSQL in isolated subnets, encrypted with a key of its own. RDS keeps the administrator's password in
/// Secrets Manager and rotates it every seven days; no function of ours has to.
/// </summary>
public sealed class DatabaseStack : Stack
{
    private const int DatabasePort = 5432;
    private const string Administrator = "phaserai_admin";

    /// <param name="scope">The app.</param>
    /// <param name="id">The stack's name.</param>
    /// <param name="props">Which environment's, and in which network.</param>
    public DatabaseStack(Construct scope, string id, DatabaseStackProps props)
        : base(scope, id, props)
    {
        ArgumentNullException.ThrowIfNull(props);
        var size = EnvironmentSize.Of(props.Environment);
        Vpc = props.Vpc is { } existing ? Amazon.CDK.AWS.EC2.Vpc.FromVpcAttributes(this, "Vpc", existing) : CreateVpc();
        var key = new Key(this, "Key", new KeyProps
        {
            Description = $"Database of {size.Name}, its snapshots and its password",
            EnableKeyRotation = true,
            // Snapshots can't be restored without it.
            RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        });
        var securityGroup = new SecurityGroup(this, "SecurityGroup", new SecurityGroupProps
        {
            Vpc = Vpc,
            Description = "The database",
            AllowAllOutbound = false,
        });
        // Made here, or RDS would make it, to be kept for ever
        var logs = new LogGroup(this, "Logs", new LogGroupProps
        {
            LogGroupName = $"/aws/rds/instance/phaserai-{size.Name}/postgresql",
            Retention = size.LogRetention,
            RemovalPolicy = size.LogRemoval,
        });
        var instance = CreateInstance(props, size, key, securityGroup);
        instance.Node.AddDependency(logs);

        var name = $"phaserai_{size.Name}";
        Database = MigrationDatabase.Of(
            DatabaseInstance.FromDatabaseInstanceAttributes(this, "Database", new DatabaseInstanceAttributes
            {
                InstanceIdentifier = instance.Ref,
                InstanceEndpointAddress = instance.AttrEndpointAddress,
                Port = DatabasePort,
                SecurityGroups = [securityGroup],
                InstanceResourceId = instance.AttrDbiResourceId,
            }),
            Secret.FromSecretAttributes(this, "Password", new SecretAttributes { SecretCompleteArn = instance.AttrMasterUserSecretSecretArn, EncryptionKey = key }),
            name);
        Output("DatabaseHost", instance.AttrEndpointAddress);
        Output("DatabaseName", name);
        Output("DatabaseSecretArn", instance.AttrMasterUserSecretSecretArn);
    }

    /// <summary>Its network.</summary>
    public IVpc Vpc { get; }

    /// <summary>The database, for <see cref="PostgresMigrationsProps.Database"/>.</summary>
    public MigrationDatabase Database { get; }

    /// <summary>
    /// Nothing in it reaches the internet. The endpoints are what the function calls: the password, snapshots, itself to go on after 15
    /// minutes, and S3, where CloudFormation waits for its answer. Logs and metrics leave a function without the network.
    /// </summary>
    private Vpc CreateVpc()
    {
        var vpc = new Vpc(this, "Vpc", new VpcProps
        {
            MaxAzs = 2,
            NatGateways = 0,
            // It would bring a function of the CDK's with rights of its own; nothing uses that group.
            RestrictDefaultSecurityGroup = false,
            SubnetConfiguration = [new SubnetConfiguration { Name = "Isolated", SubnetType = SubnetType.PRIVATE_ISOLATED, CidrMask = 24 }],
        });
        vpc.AddGatewayEndpoint("S3", new GatewayVpcEndpointOptions { Service = GatewayVpcEndpointAwsService.S3 });
        vpc.AddInterfaceEndpoint("SecretsManager", new InterfaceVpcEndpointOptions { Service = InterfaceVpcEndpointAwsService.SECRETS_MANAGER });
        vpc.AddInterfaceEndpoint("Rds", new InterfaceVpcEndpointOptions { Service = InterfaceVpcEndpointAwsService.RDS });
        vpc.AddInterfaceEndpoint("Lambda", new InterfaceVpcEndpointOptions { Service = InterfaceVpcEndpointAwsService.LAMBDA });
        return vpc;
    }

    // The CDK's own class for instances can't leave the password to RDS.
    private CfnDBInstance CreateInstance(DatabaseStackProps props, EnvironmentSize size, Key key, SecurityGroup securityGroup)
    {
        var subnets = new CfnDBSubnetGroup(this, "Subnets", new CfnDBSubnetGroupProps
        {
            DbSubnetGroupDescription = "Isolated subnets",
            SubnetIds = Vpc.SelectSubnets(new SubnetSelection { SubnetType = SubnetType.PRIVATE_ISOLATED }).SubnetIds,
        });
        var parameters = new CfnDBParameterGroup(this, "Parameters", new CfnDBParameterGroupProps
        {
            Description = "TLS only",
            Family = $"postgres{props.EngineVersion.Split('.')[0]}",
            Parameters = new Dictionary<string, string> { ["rds.force_ssl"] = "1" },
        });
        var instance = new CfnDBInstance(this, "Instance", new CfnDBInstanceProps
        {
            DbInstanceIdentifier = $"phaserai-{size.Name}",
            DbName = $"phaserai_{size.Name}",
            Engine = "postgres",
            EngineVersion = props.EngineVersion,
            AutoMinorVersionUpgrade = false,
            DbInstanceClass = props.InstanceClass ?? size.InstanceClass,
            AllocatedStorage = $"{size.StorageGiB}",
            MaxAllocatedStorage = size.StorageGiB * 5,
            StorageType = "gp3",
            StorageEncrypted = true,
            KmsKeyId = key.KeyArn,
            MultiAz = size.MultiAz,
            DbSubnetGroupName = subnets.Ref,
            DbParameterGroupName = parameters.Ref,
            VpcSecurityGroups = [securityGroup.SecurityGroupId],
            Port = $"{DatabasePort}",
            PubliclyAccessible = false,
            MasterUsername = Administrator,
            ManageMasterUserPassword = true,
            MasterUserSecret = new CfnDBInstance.MasterUserSecretProperty { KmsKeyId = key.KeyArn },
            EnableIamDatabaseAuthentication = true,
            BackupRetentionPeriod = size.BackupDays,
            CopyTagsToSnapshot = true,
            DeleteAutomatedBackups = !size.DeletionProtection,
            DeletionProtection = size.DeletionProtection,
            EnableCloudwatchLogsExports = ["postgresql"],
        });
        instance.ApplyRemovalPolicy(size.DatabaseRemoval);
        return instance;
    }

    private void Output(string name, string value) => _ = new CfnOutput(this, name, new CfnOutputProps { Value = value });
}
