using Xunit;

namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>The database and its network.</summary>
public sealed class DatabaseTests(Systems systems)
{
    [Theory]
    [InlineData("dev", false, false, 1, "Delete")]
    [InlineData("prod", true, true, 14, "Snapshot")]
    public void It_is_as_well_protected_as_its_environment_needs(string environment, bool deletionProtection, bool multiAz, int backupDays, string deletion)
    {
        var instance = systems[environment].Resources("AWS::RDS::DBInstance").Single();
        var properties = instance["Properties"]!;
        Assert.Equal($"phaserai-{environment}", (string?)properties["DBInstanceIdentifier"]);
        Assert.Equal($"phaserai_{environment}", (string?)properties["DBName"]);
        Assert.Equal(deletionProtection, (bool)properties["DeletionProtection"]!);
        Assert.Equal(multiAz, (bool)properties["MultiAZ"]!);
        Assert.Equal(backupDays, (int)properties["BackupRetentionPeriod"]!);
        Assert.Equal(deletion, (string?)instance["DeletionPolicy"]);
        Assert.Equal(deletion, (string?)instance["UpdateReplacePolicy"]);
    }

    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public void It_is_encrypted_private_and_of_a_fixed_version(string environment)
    {
        var properties = systems[environment].Only("AWS::RDS::DBInstance");
        Assert.True((bool)properties["StorageEncrypted"]!);
        Assert.NotNull(properties["KmsKeyId"]);
        Assert.False((bool)properties["PubliclyAccessible"]!);
        Assert.False((bool)properties["AutoMinorVersionUpgrade"]!);
        Assert.Matches(@"^17\.\d+$", (string?)properties["EngineVersion"]);
        Assert.Equal("1", (string?)systems[environment].Only("AWS::RDS::DBParameterGroup")["Parameters"]!["rds.force_ssl"]);
    }

    [Fact]
    public void Its_password_is_kept_and_rotated_by_RDS()
    {
        var properties = systems.Prod.Only("AWS::RDS::DBInstance");
        Assert.True((bool)properties["ManageMasterUserPassword"]!);
        Assert.NotNull(properties["MasterUserSecret"]!["KmsKeyId"]);
        Assert.Null(properties["MasterUserPassword"]);
    }

    [Fact]
    public void Keys_are_rotated() => Assert.All(systems.Prod.Resources("AWS::KMS::Key"), key => Assert.True((bool)key["Properties"]!["EnableKeyRotation"]!));

    [Fact]
    public void Its_network_has_no_way_out_but_endpoints()
    {
        Assert.Empty(systems.Prod.Resources("AWS::EC2::InternetGateway"));
        Assert.Empty(systems.Prod.Resources("AWS::EC2::NatGateway"));
        var services = systems.Prod.Resources("AWS::EC2::VPCEndpoint").Select(endpoint => endpoint["Properties"]!["ServiceName"]!.ToJsonString()).ToArray();
        foreach (var service in new[] { "secretsmanager", "rds", "lambda", "s3" })
            Assert.Single(services, name => name.Contains(service, StringComparison.Ordinal));
        Assert.Equal(4, services.Length);
    }

    [Fact]
    public void Its_class_can_be_chosen()
    {
        using var system = SynthesizedSystem.Of("dev", null, ("instanceClass", "db.m7g.large"));
        Assert.Equal("db.m7g.large", (string?)system.Only("AWS::RDS::DBInstance")["DBInstanceClass"]);
    }
}
