using System.Globalization;
using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>What RDS itself can do before <c>up</c> and <c>down</c>: make a snapshot, or prove that there is a way back to the time before.</summary>
internal static class RdsBackupBefore
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>RDS writes its logs away every five minutes; later than this something is wrong.</summary>
    private static readonly TimeSpan LatestIsRecent = TimeSpan.FromMinutes(30);

    /// <summary>The kind that is chosen; where nobody has, a Lambda function makes a snapshot if the environment wants a backup. Null leaves it to pg_dump.</summary>
    /// <exception cref="UsageException">There is no such kind.</exception>
    public static string? Kind(Call call) => call.Settings.Reader.GetChoice(KnownSettings.RdsBackup)
        ?? (call.Host.Invocation is not null && BackupBefore.IsWanted(call) ? "snapshot" : null); // a function has no pg_dump

    /// <summary>The database whose backups they are.</summary>
    /// <exception cref="RefusedException">No setting names it.</exception>
    public static RdsBackups Open(Call call)
    {
        var settings = call.Settings.Reader;
        var database = (settings.Get(KnownSettings.DatabaseCluster), settings.Get(KnownSettings.DatabaseInstance)) switch
        {
            ({ } cluster, null) => new RdsDatabase(cluster.Trim(), IsCluster: true),
            (null, { } instance) => new RdsDatabase(instance.Trim(), IsCluster: false),
            (null, null) => throw new RefusedException(
                $"{call.Settings.Rules.Name} wants a backup first, and no setting says of what; nothing was changed",
                "Set DB_INSTANCE_IDENTIFIER or DB_CLUSTER_IDENTIFIER; or MIGRATE_RDS_BACKUP=none to go without a backup, which the log will say."),
            _ => throw new UsageException("both DB_CLUSTER_IDENTIFIER and DB_INSTANCE_IDENTIFIER are set", "Unset one: a cluster's snapshot is of all its instances."),
        };
        return new RdsBackups(new AwsAccess(call.Host.Variable), call.Host.TimeProvider, database);
    }

    /// <exception cref="RefusedException">No setting names the database.</exception>
    public static MigrationOptions Apply(Call call, MigrationOptions options, string kind)
    {
        if (kind == "none")
            return BackupBefore.Without(call, options, $"{KnownSettings.RdsBackup.Variables[0]}=none");
        var backups = Open(call);
        return options with
        {
            BackUp = async (_, token) => kind == "pitr" ? await ProveAsync(call, backups, token) : await MakeAsync(call, options, backups, token),
        };
    }

    /// <summary>An address for a restore to the time before the run.</summary>
    private static async Task<string?> ProveAsync(Call call, RdsBackups backups, CancellationToken cancellationToken)
    {
        var window = await backups.ReadWindowAsync(cancellationToken);
        var now = call.Host.TimeProvider.GetUtcNow();
        if (window.RetentionDays == 0)
        {
            throw new RefusedException(
                $"{backups.Database} can't be restored to a point in time: its automated backups are off (BackupRetentionPeriod is 0); nothing was changed",
                "Turn them on: aws rds modify-db-instance --backup-retention-period 7; or set MIGRATE_RDS_BACKUP=snapshot.");
        }

        if (window.Latest is not { } latest || now - latest > LatestIsRecent)
        {
            throw new RefusedException(
                $"{backups.Database} can be restored to {(window.Latest is { } old ? $"{Time(old)} at the latest" : "no time yet")}, which is too long ago to come back to; nothing was changed",
                "Wait for its next automated backup, or set MIGRATE_RDS_BACKUP=snapshot.");
        }

        call.Reporter.Note($"{backups.Database} can be restored to any time of the last {window.RetentionDays} days; this run begins at {Time(now)}.");
        return $"{(backups.Database.IsCluster ? BackupAddress.ClusterPointInTime : BackupAddress.PointInTime)}{backups.Database.Id}@{Time(now)}";
    }

    /// <summary>A snapshot that is whole; one that an earlier run has begun and could not wait for is taken.</summary>
    private static async Task<string?> MakeAsync(Call call, MigrationOptions options, RdsBackups backups, CancellationToken cancellationToken)
    {
        var clock = call.Host.TimeProvider;
        var started = clock.GetTimestamp();
        var begun = (await backups.ListAsync(cancellationToken)).LastOrDefault(snapshot => backups.IsOurs(snapshot) && snapshot.Status == "creating");
        var snapshot = begun ?? await backups.BeginAsync(cancellationToken);
        call.Reporter.Note($"The snapshot {snapshot.Name} of {backups.Database} is being made …");
        while (!snapshot.IsAvailable)
        {
            if (snapshot.Status is not ("creating" or "pending" or "copying"))
                throw new BackupFailedException($"the snapshot {snapshot.Name} of {backups.Database} is {snapshot.Status}", "Look at it in RDS, and run it again.");
            if (!options.HasTime)
                throw new OutOfTimeException($"RDS makes the snapshot {snapshot.Name}");
            await Task.Delay(Interval, clock, cancellationToken);
            snapshot = await backups.ReadAsync(snapshot.Name, cancellationToken);
        }

        call.Reporter.Report(new BackupMade(snapshot.Name, snapshot.Arn, snapshot.Bytes, "", clock.GetElapsedTime(started)));
        return snapshot.Arn;
    }

    internal static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
