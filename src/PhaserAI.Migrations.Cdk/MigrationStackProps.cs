using Amazon.CDK;

namespace PhaserAI.Migrations.Cdk;

/// <summary>What <see cref="MigrationStack"/> needs to know.</summary>
public sealed class MigrationStackProps : StackProps
{
    /// <summary>What is migrated, and with which migrations.</summary>
    public required PostgresMigrationsProps Migrations { get; init; }

    /// <summary>Who gets alarms by mail; null means nobody.</summary>
    public string? AlertEmail { get; init; }
}
