namespace PhaserAI.Migrations.Cli.Output;

/// <summary>How a backup is brought back that is no file of pg_dump's, as its address tells.</summary>
internal static class BackupAddress
{
    /// <summary>An address of this kind is followed by the database and a time.</summary>
    public const string PointInTime = "pitr:";

    /// <summary>The same of a cluster.</summary>
    public const string ClusterPointInTime = "pitr-cluster:";

    /// <summary>The command of the AWS CLI; null for a file.</summary>
    public static string? Restore(string address)
    {
        if (address.StartsWith(PointInTime, StringComparison.Ordinal) && address.LastIndexOf('@') is > 0 and var at)
            return $"aws rds restore-db-instance-to-point-in-time --source-db-instance-identifier {address[PointInTime.Length..at]} --restore-time {address[(at + 1)..]} --target-db-instance-identifier NEW_NAME";
        if (address.StartsWith(ClusterPointInTime, StringComparison.Ordinal) && address.LastIndexOf('@') is > 0 and var when)
            return $"aws rds restore-db-cluster-to-point-in-time --source-db-cluster-identifier {address[ClusterPointInTime.Length..when]} --restore-to-time {address[(when + 1)..]} --db-cluster-identifier NEW_NAME";
        return address.Split(':') switch
        {
            ["arn", _, "rds", _, _, "snapshot", var name] => $"aws rds restore-db-instance-from-db-snapshot --db-snapshot-identifier {name} --db-instance-identifier NEW_NAME",
            ["arn", _, "rds", _, _, "cluster-snapshot", var name] => $"aws rds restore-db-cluster-from-snapshot --snapshot-identifier {name} --engine aurora-postgresql --db-cluster-identifier NEW_NAME",
            _ => null,
        };
    }
}
