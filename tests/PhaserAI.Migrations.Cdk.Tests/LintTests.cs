using Xunit;

namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>cfn-lint knows the properties of every resource, and what is deprecated.</summary>
public sealed class LintTests(Systems systems)
{
    // The CDK says itself on what a function depends, and then DependsOn says it again
    private const string DoubledDependency = "W3005";

    [Fact]
    public void Templates_have_no_errors_and_no_warnings()
    {
        Tool.Require("cfn-lint");
        var (exitCode, output) = Tool.Run(
            "cfn-lint", null, "--non-zero-exit-code", "warning", "--ignore-checks", DoubledDependency, "--", systems.Dev.DatabaseFile, systems.Dev.MigrationFile, systems.Prod.DatabaseFile, systems.Prod.MigrationFile);
        Assert.True(exitCode == 0, output);
    }
}
