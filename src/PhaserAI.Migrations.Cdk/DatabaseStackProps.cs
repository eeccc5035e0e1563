using Amazon.CDK;
using Amazon.CDK.AWS.EC2;

namespace PhaserAI.Migrations.Cdk;

/// <summary>What <see cref="DatabaseStack"/> needs to know.</summary>
public sealed class DatabaseStackProps : StackProps
{
    /// <summary>dev, test, staging or prod: how large and how well protected the database is, and a part of its name.</summary>
    public required string Environment { get; init; }

    /// <summary>
    /// The network of an import, with isolated subnets. It must have endpoints for Secrets Manager, RDS, Lambda and S3, or NAT. Null means a
    /// new one, which has them.
    /// </summary>
    public VpcAttributes? Vpc { get; init; }

    /// <summary>The version of PostgreSQL, with its minor version: which one runs is not to change by itself.</summary>
    public string EngineVersion { get; init; } = "17.6";

    /// <summary>The class of the instance, as <c>db.m7g.large</c>; null means the environment's.</summary>
    public string? InstanceClass { get; init; }
}
