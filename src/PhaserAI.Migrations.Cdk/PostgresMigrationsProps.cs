using Amazon.CDK.AWS.EC2;

namespace PhaserAI.Migrations.Cdk;

/// <summary>What <see cref="PostgresMigrations"/> needs to know.</summary>
public sealed record PostgresMigrationsProps
{
    /// <summary>dev, test, staging or prod: what the tool allows and demands there, and a part of the function's name.</summary>
    public required string Environment { get; init; }

    /// <summary>The network in which the function runs. It must reach the database and, by endpoints or NAT, Secrets Manager, RDS, Lambda and S3.</summary>
    public required IVpc Vpc { get; init; }

    /// <summary>The function's subnets; null means the isolated ones.</summary>
    public ISubnetSelection? Subnets { get; init; }

    /// <summary>What is migrated.</summary>
    public required MigrationDatabase Database { get; init; }

    /// <summary>The folder of migrations. It is read when the template is made, and a script with an error fails that.</summary>
    public required string Migrations { get; init; }

    /// <summary>The folder that <c>scripts/build-lambda.sh</c> has written. It must have packed the same migrations.</summary>
    public required string Function { get; init; }

    /// <summary>What is done before the database is changed; null leaves it to the environment: a snapshot in prod, else nothing.</summary>
    public RdsBackup? Backup { get; init; }

    /// <summary>What a rollback of the stack does to the database.</summary>
    public OnStackRollback OnStackRollback { get; init; } = OnStackRollback.Keep;

    /// <summary>
    /// How many invocations are kept for the function, which are also the most that run at a time. Null keeps none, which an account
    /// needs that has Lambda's smallest quota of 10; the database's lock lets one migrate at a time anyway.
    /// </summary>
    public int? ReservedConcurrency { get; init; } = 1;

    /// <summary>The namespace of the metrics.</summary>
    public string MetricsNamespace { get; init; } = MigrationMetrics.DefaultNamespace;

    /// <summary>Further variables of the function: every setting of the tool has one. They go before those that the construct sets.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();
}
