using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.RDS;
using Amazon.CDK.AWS.SecretsManager;
using Constructs;

namespace PhaserAI.Migrations.Cdk;

/// <summary>The database that migrations are for: an instance or a cluster that is there, and the secret to log in with.</summary>
public sealed class MigrationDatabase
{
    private MigrationDatabase(IConstruct resource, IConnectable connections, ISecret secret, string host, string port, string identifier, bool isCluster, string name)
    {
        Resource = resource;
        Connections = connections;
        Secret = secret;
        Host = host;
        Port = port;
        Identifier = identifier;
        IsCluster = isCluster;
        Name = name;
    }

    /// <summary>A database on an RDS instance.</summary>
    /// <param name="instance">The instance, made here or imported.</param>
    /// <param name="secret">Its JSON has <c>username</c> and <c>password</c>, as RDS writes it.</param>
    /// <param name="name">The database's name in PostgreSQL.</param>
    public static MigrationDatabase Of(IDatabaseInstance instance, ISecret secret, string name)
    {
        ArgumentNullException.ThrowIfNull(instance);
        return new(instance, instance, secret, instance.DbInstanceEndpointAddress, instance.DbInstanceEndpointPort, instance.InstanceIdentifier, isCluster: false, name);
    }

    /// <summary>A database on an Aurora or Multi-AZ cluster; migrations go to its writer.</summary>
    /// <param name="cluster">The cluster, made here or imported.</param>
    /// <param name="secret">Its JSON has <c>username</c> and <c>password</c>, as RDS writes it.</param>
    /// <param name="name">The database's name in PostgreSQL.</param>
    public static MigrationDatabase Of(IDatabaseCluster cluster, ISecret secret, string name)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        var writer = cluster.ClusterEndpoint;
        return new(cluster, cluster, secret, writer.Hostname, Tokenization.StringifyNumber(writer.Port), cluster.ClusterIdentifier, isCluster: true, name);
    }

    /// <summary>The database's name in PostgreSQL.</summary>
    public string Name { get; }

    /// <summary>The secret with user and password.</summary>
    public ISecret Secret { get; }

    internal IConstruct Resource { get; }

    internal IConnectable Connections { get; }

    internal string Host { get; }

    internal string Port { get; }

    internal string Identifier { get; }

    internal bool IsCluster { get; }
}
