namespace PhaserAI.Migrations.Aws;

/// <summary>An instance of RDS, or a cluster of Aurora: what a snapshot is made of.</summary>
/// <param name="Id">Its identifier.</param>
/// <param name="IsCluster">Whether it is a cluster.</param>
internal sealed record RdsDatabase(string Id, bool IsCluster)
{
    public override string ToString() => $"the {(IsCluster ? "cluster" : "instance")} {Id}";
}

/// <summary>A snapshot.</summary>
/// <param name="Name">Its identifier.</param>
/// <param name="Arn">Its ARN.</param>
/// <param name="Status">creating, available …</param>
/// <param name="CreatedAt">When; null while it is only being begun.</param>
/// <param name="Bytes">The size of the storage.</param>
internal sealed record RdsSnapshot(string Name, string Arn, string Status, DateTimeOffset? CreatedAt, long Bytes)
{
    public bool IsAvailable => Status == "available";
}

/// <summary>To which times a database can be restored.</summary>
/// <param name="RetentionDays">How many days back; 0 when it can't be.</param>
/// <param name="Latest">The latest time; it is some minutes ago.</param>
internal sealed record RdsWindow(int RetentionDays, DateTimeOffset? Latest);
