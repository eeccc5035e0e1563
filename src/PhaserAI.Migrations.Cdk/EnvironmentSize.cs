using Amazon.CDK;
using Amazon.CDK.AWS.Logs;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cdk;

/// <summary>How large and how well protected the resources of an environment are.</summary>
/// <param name="Name">dev, test, staging or prod.</param>
/// <param name="DeletionProtection">Whether the database refuses to be deleted.</param>
/// <param name="MultiAz">Whether a standby in another zone takes over.</param>
/// <param name="BackupDays">How far back point-in-time recovery reaches.</param>
/// <param name="InstanceClass">The database's class.</param>
/// <param name="StorageGiB">The database's storage to begin with; it may grow to five times that.</param>
/// <param name="LogRetention">How long logs are kept.</param>
/// <param name="DumpDays">How long a dump in the bucket of backups is kept.</param>
/// <param name="DatabaseRemoval">What becomes of the database when its stack is deleted.</param>
/// <param name="LogRemoval">What becomes of the logs then.</param>
internal sealed record EnvironmentSize(
    string Name,
    bool DeletionProtection,
    bool MultiAz,
    int BackupDays,
    string InstanceClass,
    int StorageGiB,
    RetentionDays LogRetention,
    int DumpDays,
    RemovalPolicy DatabaseRemoval,
    RemovalPolicy LogRemoval)
{
    private static readonly EnvironmentSize[] All =
    [
        new("dev", false, false, 1, "db.t4g.micro", 20, RetentionDays.ONE_MONTH, 30, RemovalPolicy.DESTROY, RemovalPolicy.DESTROY),
        new("test", false, false, 1, "db.t4g.micro", 20, RetentionDays.ONE_MONTH, 30, RemovalPolicy.DESTROY, RemovalPolicy.DESTROY),
        new("staging", false, false, 7, "db.t4g.small", 20, RetentionDays.THREE_MONTHS, 90, RemovalPolicy.SNAPSHOT, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE),
        new("prod", true, true, 14, "db.t4g.medium", 50, RetentionDays.ONE_YEAR, 365, RemovalPolicy.SNAPSHOT, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE),
    ];

    /// <exception cref="SynthesisException">There is no such environment.</exception>
    public static EnvironmentSize Of(string environment)
    {
        var name = EnvironmentName.Normalize(environment);
        return Array.Find(All, size => size.Name == name) ?? throw new SynthesisException(
            $"error: there is no environment \"{environment}\"\n   = next: Say dev, test, staging or prod; development and production are understood too.\n");
    }

    /// <summary>Whether the server has to prove who it is, unless set otherwise: in staging and prod, as everywhere in the tool.</summary>
    public bool VerifiesServer => Name is "staging" or "prod";
}
