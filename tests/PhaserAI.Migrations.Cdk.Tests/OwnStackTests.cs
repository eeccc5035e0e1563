using System.Text.Json.Nodes;
using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.RDS;
using Xunit;

namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>The construct in somebody's own stack, beside an Aurora cluster.</summary>
public sealed class OwnStackTests : IDisposable
{
    private readonly BuiltFunction _function = new BuiltFunction(certificates: false).WithOurs();
    private readonly JsonObject _resources;

    public OwnStackTests()
    {
        var app = new App(new AppProps { Outdir = Path.Combine(_function.Root, "cdk.out"), AnalyticsReporting = false });
        var stack = new Stack(app, "own");
        var vpc = new Vpc(stack, "Vpc", new VpcProps { MaxAzs = 2, NatGateways = 1, RestrictDefaultSecurityGroup = false });
        var cluster = new DatabaseCluster(stack, "Orders", new DatabaseClusterProps
        {
            Engine = DatabaseClusterEngine.AuroraPostgres(new AuroraPostgresClusterEngineProps { Version = AuroraPostgresEngineVersion.Of("17.5", "17") }),
            Vpc = vpc,
            Writer = ClusterInstance.ServerlessV2("Writer"),
        });
        _ = new PostgresMigrations(stack, "Migrations", new PostgresMigrationsProps
        {
            Environment = "test",
            Vpc = vpc,
            Subnets = new SubnetSelection { SubnetType = SubnetType.PRIVATE_WITH_EGRESS },
            Database = MigrationDatabase.Of(cluster, cluster.Secret!, "orders"),
            Migrations = _function.Sources,
            Function = _function.Folder,
            Backup = RdsBackup.Pitr,
            OnStackRollback = OnStackRollback.Down,
            MetricsNamespace = "Orders",
            Variables = new Dictionary<string, string> { ["MIGRATE_RESERVE"] = "2min", ["DB_NAME"] = "orders_test" },
        });
        var template = app.Synth().GetStackByName("own").TemplateFullPath;
        _resources = JsonNode.Parse(File.ReadAllText(template))!["Resources"]!.AsObject();
    }

    [Fact]
    public void Variables_name_the_cluster_and_its_writer()
    {
        var variables = Only("AWS::Lambda::Function")["Properties"]!["Environment"]!["Variables"]!;
        Assert.NotNull(variables["DB_CLUSTER_IDENTIFIER"]);
        Assert.Null(variables["DB_INSTANCE_IDENTIFIER"]);
        Assert.Contains("\"Endpoint.Address\"", variables["DB_HOST"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("\"Endpoint.Port\"", variables["DB_PORT"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("pitr", (string?)variables["MIGRATE_RDS_BACKUP"]);
        Assert.Equal("Orders", (string?)variables["MIGRATE_METRICS_NAMESPACE"]);
        Assert.Null(variables["DB_SSLROOTCERT"]);
    }

    [Fact]
    public void Variables_of_the_caller_go_first()
    {
        var variables = Only("AWS::Lambda::Function")["Properties"]!["Environment"]!["Variables"]!;
        Assert.Equal("2min", (string?)variables["MIGRATE_RESERVE"]);
        Assert.Equal("orders_test", (string?)variables["DB_NAME"]);
    }

    [Fact]
    public void It_waits_for_the_writer_and_for_the_rule_that_lets_it_in()
    {
        var needed = Only("Custom::DatabaseMigration")["DependsOn"]!.AsArray().Select(name => (string)name!).ToArray();
        Assert.Contains(IdOf("AWS::RDS::DBInstance"), needed);
        Assert.Contains(IdOf("AWS::EC2::SecurityGroupIngress"), needed);
        Assert.Equal("Down", (string?)Only("Custom::DatabaseMigration")["Properties"]!["OnStackRollback"]);
    }

    [Fact]
    public void It_may_make_snapshots_of_the_cluster()
    {
        var policy = _resources.Select(resource => resource.Value!).Single(resource => resource["Properties"]!["Policies"] is not null)["Properties"]!["Policies"]!.ToJsonString();
        Assert.Contains("rds:CreateDBClusterSnapshot", policy, StringComparison.Ordinal);
        Assert.Contains(":cluster-snapshot:", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("rds:CreateDBSnapshot\"", policy, StringComparison.Ordinal);
    }

    public void Dispose() => _function.Dispose();

    private JsonNode Only(string type) => _resources[IdOf(type)]!;

    private string IdOf(string type) => _resources.Single(resource => (string?)resource.Value!["Type"] == type).Key;
}
