using Xunit;

namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>The same sources make the same templates, whenever and wherever.</summary>
public sealed class SynthesisTests(Systems systems)
{
    [Fact]
    public void Twice_the_same()
    {
        using var again = SynthesizedSystem.Of("prod");
        var files = Files(systems.Prod.Folder);
        Assert.Equal(files, Files(again.Folder));
        foreach (var file in files)
            Assert.Equal(File.ReadAllText(Path.Combine(systems.Prod.Folder, file)), File.ReadAllText(Path.Combine(again.Folder, file)));
    }

    [Fact]
    public void No_file_says_where_it_was_made()
    {
        foreach (var file in Files(systems.Prod.Folder))
        {
            var text = File.ReadAllText(Path.Combine(systems.Prod.Folder, file));
            Assert.DoesNotContain(Repository.Root, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Path.GetTempPath(), text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_existing_network_is_used_as_it_is()
    {
        using var system = SynthesizedSystem.Of(
            "dev",
            null,
            ("vpcId", "vpc-0a1b2c3d"),
            ("availabilityZones", "eu-central-1a,eu-central-1b"),
            ("isolatedSubnetIds", "subnet-0a1b2c3d,subnet-0b1c2d3e"),
            ("isolatedRouteTableIds", "rtb-0a1b2c3d,rtb-0b1c2d3e"));
        Assert.Empty(system.Resources("AWS::EC2::VPC"));
        Assert.Empty(system.Resources("AWS::EC2::VPCEndpoint"));
        Assert.Equal(["subnet-0a1b2c3d", "subnet-0b1c2d3e"], system.Only("AWS::RDS::DBSubnetGroup")["SubnetIds"]!.AsArray().Select(id => (string)id!));
    }

    private static string[] Files(string folder) =>
        [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];
}
