using System.Text.Json.Nodes;
using Xunit;

namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>Every right is named: no wildcard but where AWS knows nothing narrower.</summary>
public sealed class RightsTests(Systems systems)
{
    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public void No_action_is_a_wildcard(string environment) => Assert.All(
        Statements(systems[environment]).SelectMany(statement => List(statement["Action"])),
        action => Assert.DoesNotContain("*", action, StringComparison.Ordinal));

    [Theory]
    [InlineData("dev")]
    [InlineData("prod")]
    public void No_resource_is_everything_but_for_network_interfaces(string environment)
    {
        var broad = Statements(systems[environment]).Where(statement => List(statement["Resource"]).Contains("*")).ToArray();
        Assert.Equal(["NetworkInterfaces", "NoNetworkInterfacesForTheProgram"], broad.Select(statement => (string?)statement["Sid"]));
        Assert.All(broad.SelectMany(statement => List(statement["Action"])), action => Assert.StartsWith("ec2:", action, StringComparison.Ordinal));
    }

    [Fact]
    public void No_policy_of_AWS_is_attached() => Assert.All(systems.Prod.Resources("AWS::IAM::Role"), role => Assert.Null(role["Properties"]!["ManagedPolicyArns"]));

    [Fact]
    public void Nothing_adds_to_them_elsewhere()
    {
        Assert.Empty(systems.Prod.Resources("AWS::IAM::Policy"));
        Assert.Empty(systems.Prod.Resources("AWS::Lambda::Permission"));
        Assert.Single(systems.Prod.Resources("AWS::IAM::Role"));
    }

    private static IEnumerable<JsonNode> Statements(SynthesizedSystem system) =>
        system.Resources("AWS::IAM::Role").SelectMany(role => role["Properties"]!["Policies"]!.AsArray().Select(policy => policy!["PolicyDocument"]!))
            .Concat(system.Resources("AWS::IAM::ManagedPolicy").Select(policy => policy["Properties"]!["PolicyDocument"]!))
            .SelectMany(document => document["Statement"]!.AsArray())
            .Select(statement => statement!);

    private static string[] List(JsonNode? value) => value is JsonArray array ? [.. array.Select(item => item is JsonValue ? (string)item! : item!.ToJsonString())]
        : value is JsonValue ? [(string)value!] : [value!.ToJsonString()];
}
