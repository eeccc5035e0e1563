using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;

namespace PhaserAI.Migrations.Aws;

/// <summary>The backups that RDS itself makes of a database: snapshots, and a window of times to which it can be restored.</summary>
internal sealed class RdsBackups(AwsAccess access, TimeProvider clock, RdsDatabase database)
{
    /// <summary>Whose backups they are.</summary>
    public RdsDatabase Database => database;

    private readonly SignedCall _call = new(access, clock, "rds", "RDS");

    private string Kind => database.IsCluster ? "DBCluster" : "DBInstance";

    private string SnapshotKind => database.IsCluster ? "DBClusterSnapshot" : "DBSnapshot";

    /// <exception cref="BackupFailedException">RDS can't be asked, or knows no such database.</exception>
    public async Task<RdsWindow> ReadWindowAsync(CancellationToken cancellationToken)
    {
        var found = await AskAsync($"Describe{Kind}s", Kind, [($"{Kind}Identifier", database.Id)], cancellationToken);
        var fields = found.FirstOrDefault() ?? throw new BackupFailedException($"RDS knows nothing of {database}", "Check DB_INSTANCE_IDENTIFIER or DB_CLUSTER_IDENTIFIER, and the region.");
        return new RdsWindow(int.Parse(fields.GetValueOrDefault("BackupRetentionPeriod", "0"), CultureInfo.InvariantCulture), TimeOf(fields, "LatestRestorableTime"));
    }

    /// <summary>Snapshots that were made by hand or by this tool, oldest first.</summary>
    /// <exception cref="BackupFailedException">RDS can't be asked.</exception>
    public async Task<ImmutableArray<RdsSnapshot>> ListAsync(CancellationToken cancellationToken)
    {
        var found = await AskAsync($"Describe{SnapshotKind}s", SnapshotKind, [($"{Kind}Identifier", database.Id), ("SnapshotType", "manual")], cancellationToken);
        return [.. found.Select(ToSnapshot).OrderBy(snapshot => snapshot.CreatedAt ?? DateTimeOffset.MaxValue)];
    }

    /// <summary>Whether the tool made it.</summary>
    public bool IsOurs(RdsSnapshot snapshot) => snapshot.Name.StartsWith(RdsSnapshotName.PrefixFor(database.Id), StringComparison.OrdinalIgnoreCase);

    /// <summary>Begins one; it is made while the database works on.</summary>
    /// <exception cref="BackupFailedException">RDS refuses.</exception>
    public async Task<RdsSnapshot> BeginAsync(CancellationToken cancellationToken)
    {
        var name = RdsSnapshotName.At(database.Id, clock.GetUtcNow());
        var made = await AskAsync($"Create{SnapshotKind}", SnapshotKind, [($"{Kind}Identifier", database.Id), ($"{SnapshotKind}Identifier", name)], cancellationToken);
        return ToSnapshot(made.Single());
    }

    /// <exception cref="BackupFailedException">It is gone, or RDS can't be asked.</exception>
    public async Task<RdsSnapshot> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var found = await AskAsync($"Describe{SnapshotKind}s", SnapshotKind, [($"{SnapshotKind}Identifier", name)], cancellationToken);
        return found.Select(ToSnapshot).FirstOrDefault() ?? throw new BackupFailedException($"the snapshot {name} of {database} is gone", "Look at it in RDS, and run it again.");
    }

    private RdsSnapshot ToSnapshot(Dictionary<string, string> fields) => new(
        fields.GetValueOrDefault($"{SnapshotKind}Identifier", ""),
        fields.GetValueOrDefault($"{SnapshotKind}Arn", ""),
        fields.GetValueOrDefault("Status", ""),
        TimeOf(fields, "SnapshotCreateTime"),
        long.Parse(fields.GetValueOrDefault("AllocatedStorage", "0"), CultureInfo.InvariantCulture) << 30);

    private static DateTimeOffset? TimeOf(Dictionary<string, string> fields, string name) =>
        fields.TryGetValue(name, out var text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private async Task<List<Dictionary<string, string>>> AskAsync(string action, string element, IEnumerable<(string Name, string Value)> parameters, CancellationToken cancellationToken)
    {
        try
        {
            var query = string.Join('&', parameters.Prepend(("Version", "2014-10-31")).Prepend(("Action", action)).Select(pair => $"{pair.Item1}={Uri.EscapeDataString(pair.Item2)}"));
            var (status, answer) = await _call.PostAsync(
                access.RequireRegion(), "/", Encoding.UTF8.GetBytes(query), "application/x-www-form-urlencoded; charset=utf-8", [], cancellationToken);
            return status is HttpStatusCode.OK ? RdsAnswer.Read(answer, element) : throw RdsAnswer.Refused(answer, (int)status, action, database);
        }
        catch (AwsAccessException missing)
        {
            throw new BackupFailedException(missing.Message, missing.Next, missing);
        }
    }
}
