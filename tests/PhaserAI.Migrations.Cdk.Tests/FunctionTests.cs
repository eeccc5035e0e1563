using System.Text.Json.Nodes;
using Amazon.CDK.Assertions;
using Xunit;

namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>The function, what it is told, and the resource that calls it.</summary>
public sealed class FunctionTests(Systems systems)
{
    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public void It_is_the_guides_function(string environment) => systems[environment].Migration.HasResourceProperties("AWS::Lambda::Function", new Dictionary<string, object>
    {
        ["FunctionName"] = $"phaserai-migration-{environment}-MigrationFunction",
        ["Runtime"] = "provided.al2023",
        ["Handler"] = "bootstrap",
        ["Architectures"] = new[] { "x86_64" },
        ["Timeout"] = 900,
        ["MemorySize"] = 512,
        ["ReservedConcurrentExecutions"] = 1,
        ["VpcConfig"] = Match.AnyValue(),
    });

    [Fact]
    public void Variables_lead_it_to_the_database()
    {
        var variables = systems.Prod.Only("AWS::Lambda::Function")["Environment"]!["Variables"]!.AsObject();
        Assert.Equal(
            ["DB_HOST", "DB_INSTANCE_IDENTIFIER", "DB_NAME", "DB_PORT", "DB_SECRET_ARN", "DB_SSLROOTCERT", "ENVIRONMENT", "MIGRATE_METRICS_NAMESPACE", "MIGRATIONS_DIR"],
            variables.Select(variable => variable.Key).Order(StringComparer.Ordinal));
        Assert.Equal("prod", (string?)variables["ENVIRONMENT"]);
        Assert.Equal("/var/task/migrations", (string?)variables["MIGRATIONS_DIR"]);
        Assert.Equal("/var/task/certs/global-bundle.pem", (string?)variables["DB_SSLROOTCERT"]);
        Assert.Equal("phaserai_prod", (string?)variables["DB_NAME"]);
        Assert.Equal("5432", (string?)variables["DB_PORT"]);
        Assert.Contains("EndpointAddress", variables["DB_HOST"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("MasterUserSecret", variables["DB_SECRET_ARN"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Context_chooses_backup_and_rollback()
    {
        using var system = SynthesizedSystem.Of("dev", null, ("backup", "pitr"), ("onStackRollback", "down"));
        Assert.Equal("pitr", (string?)system.Only("AWS::Lambda::Function")["Environment"]!["Variables"]!["MIGRATE_RDS_BACKUP"]);
        Assert.Equal("Down", (string?)system.Only("Custom::DatabaseMigration")["OnStackRollback"]);
    }

    [Fact]
    public void An_account_with_the_smallest_quota_can_go_without_a_reserve()
    {
        using var system = SynthesizedSystem.Of("dev", null, ("reservedConcurrency", "none"));
        Assert.Null(system.Only("AWS::Lambda::Function")["ReservedConcurrentExecutions"]);
    }

    [Fact]
    public void A_function_built_for_ARM_is_deployed_on_ARM()
    {
        using var system = SynthesizedSystem.Of("dev", new BuiltFunction(arm: true).WithOurs());
        Assert.Equal("arm64", (string?)system.Only("AWS::Lambda::Function")["Architectures"]![0]);
    }

    [Fact]
    public void CloudFormation_calls_it_for_every_set_of_migrations()
    {
        var resource = systems.Prod.Resources("Custom::DatabaseMigration").Single();
        var properties = resource["Properties"]!;
        Assert.Contains("MigrationFunction", properties["ServiceToken"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("3600", (string?)properties["ServiceTimeout"]);
        Assert.Equal("prod", (string?)properties["Environment"]);
        Assert.Equal("Keep", (string?)properties["OnStackRollback"]);
        Assert.Matches("^[0-9a-f]{64}$", (string?)properties["MigrationsHash"]);
        var newest = Directory.GetFiles(Repository.Migrations, "*.sql").Max(Path.GetFileName)![..15];
        Assert.Equal(newest, (string?)properties["Version"]);
        Assert.Equal("Retain", (string?)resource["DeletionPolicy"]);
    }

    [Fact]
    public void It_is_called_when_the_way_to_the_database_is_open()
    {
        var template = JsonNode.Parse(File.ReadAllText(systems.Prod.MigrationFile))!["Resources"]!.AsObject();
        var needed = template
            .Where(resource => (string?)resource.Value!["Type"] is "AWS::EC2::SecurityGroupIngress" or "AWS::EC2::SecurityGroupEgress" or "AWS::EC2::SecurityGroup" or "AWS::IAM::Role" or "AWS::Lambda::Function")
            .Select(resource => resource.Key);
        var custom = template.Single(resource => (string?)resource.Value!["Type"] == "Custom::DatabaseMigration").Value!;
        Assert.Subset(custom["DependsOn"]!.AsArray().Select(name => (string)name!).Append(Role(template)).ToHashSet(), needed.ToHashSet());
    }

    [Fact]
    public void The_database_lets_in_the_function_and_nobody_else()
    {
        var rule = systems.Prod.Only("AWS::EC2::SecurityGroupIngress");
        Assert.Equal(5432, (int)rule["FromPort"]!);
        Assert.Equal(5432, (int)rule["ToPort"]!);
        Assert.Contains("MigrationsSecurityGroup", rule["SourceSecurityGroupId"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Null(rule["CidrIp"]);
        var database = systems.Prod.Resources("AWS::EC2::SecurityGroup").Single(group => (string?)group["Properties"]!["GroupDescription"] == "The database");
        Assert.Null(database["Properties"]!["SecurityGroupIngress"]);
    }

    [Fact]
    public void Nobody_but_the_caller_tries_again() => systems.Prod.Migration.HasResourceProperties("AWS::Lambda::EventInvokeConfig", new Dictionary<string, object>
    {
        ["MaximumRetryAttempts"] = 0,
        ["MaximumEventAgeInSeconds"] = 3600,
    });

    [Theory]
    [InlineData("dev", 30)]
    [InlineData("prod", 365)]
    public void Its_logs_are_kept(string environment, int days) =>
        systems[environment].Migration.HasResourceProperties("AWS::Logs::LogGroup", new Dictionary<string, object> { ["RetentionInDays"] = days });

    [Fact]
    public void Logs_of_a_deployment_that_never_was_are_in_nobody_s_way() =>
        Assert.All(systems.Prod.Resources("AWS::Logs::LogGroup"), logs => Assert.Equal("RetainExceptOnCreate", (string?)logs["DeletionPolicy"]));

    [Fact]
    public void There_is_no_other_function() => Assert.Single(systems.Prod.Resources("AWS::Lambda::Function"));

    // The function depends on its role, and so the resource does
    private static string Role(JsonObject template) => template.Single(resource => (string?)resource.Value!["Type"] == "AWS::IAM::Role").Key;
}
