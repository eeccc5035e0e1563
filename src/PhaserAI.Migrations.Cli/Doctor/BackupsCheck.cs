using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Commands;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Where backups go: whether the bucket can be reached, or the folder be written to and has room. Nothing is written.</summary>
internal static class BackupsCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        if (RdsBackupBefore.Kind(of.Call) is { } kind)
            return [await AskRdsAsync(of, kind, cancellationToken)];
        if (!BackupStores.IsSet(of.Call) && of.Reader.Rules.Backup is not BackupPolicy.Required)
            return [Finding.Skipped($"{of.Reader.Rules.Name} makes none by itself, and neither BACKUP_S3_BUCKET nor BACKUP_DIR is set")];
        var store = BackupStores.Choose(of.Call);
        if (of.Reader.Get(KnownSettings.BackupBucket) is null)
            return [await LookIntoFolderAsync(of, store, cancellationToken)];
        var all = await store.ListAsync(cancellationToken);
        var key = of.Reader.Get(KnownSettings.BackupKmsKey) is { } own ? $"the KMS key {own}" : "a key of S3's own";
        return [Finding.Ok($"{store.Address} can be listed: {Count(all)}; new ones are encrypted with {key}")];
    }

    private static async Task<Finding> AskRdsAsync(Examination of, string kind, CancellationToken cancellationToken)
    {
        if (kind == "none")
            return Finding.Warning("MIGRATE_RDS_BACKUP is none: up goes without a backup", "Set it to snapshot or pitr, or unset it.");
        var backups = RdsBackupBefore.Open(of.Call);
        var window = await backups.ReadWindowAsync(cancellationToken);
        return kind == "pitr" && window.RetentionDays == 0
            ? Finding.Problem($"RDS keeps no backups of {backups.Database.Id}: it can't be restored to a time", "Set the backup retention period of the database to a day or more, or MIGRATE_RDS_BACKUP=snapshot.")
            : Finding.Ok($"{kind} by RDS: {backups.Database.Id} is known, and can be restored to any time of the last {window.RetentionDays} days");
    }

    private static async Task<Finding> LookIntoFolderAsync(Examination of, IBackupStore store, CancellationToken cancellationToken)
    {
        var folder = of.Reader.GetPath(KnownSettings.BackupFolder) ?? Path.Combine(of.Project.Path, "backups");
        var there = folder;
        while (!Path.Exists(there) && Path.GetDirectoryName(there) is { } parent)
            there = parent;
        if (File.Exists(there))
            return Finding.Problem($"{there} is a file: there can be no folder {store.Address}", "Set BACKUP_DIR to a folder.");
        if (!await IsWritableAsync(there, cancellationToken))
            return Finding.Problem($"{there} can't be written to, so that no backup can be made in {store.Address}", "Set BACKUP_DIR to a folder that is yours, or BACKUP_S3_BUCKET.");
        var free = new DriveInfo(there).AvailableFreeSpace;
        var size = of.Connection is null ? 0 : (await ServerQuestion.AskAsync(of, "select pg_database_size(current_database())", row => row.GetInt64(0), cancellationToken))[0];
        if (free < size)
            return Finding.Problem($"{store.Address} has {ByteText.Of(free)} left, and the database has {ByteText.Of(size)}", "Make room, set BACKUP_DIR to another disk, or set BACKUP_S3_BUCKET.");
        var content = there == folder ? Count(await store.ListAsync(cancellationToken)) : "it is made with the first backup";
        return Finding.Ok($"{store.Address}: {content}, {ByteText.Of(free)} free{(size > 0 ? $", the database has {ByteText.Of(size)}" : "")}");
    }

    private static string Count(IReadOnlyCollection<StoredObject> all)
    {
        var backups = all.Where(stored => BackupName.IsBackup(stored.Name)).ToArray();
        return backups.Length == 0 ? "no backup yet" : $"{BackupText.Count(backups.Length, "backup")}, the newest {backups.MaxBy(stored => stored.Name, StringComparer.Ordinal)!.Name}";
    }

    /// <summary>test(1) asks the system; .NET can only try.</summary>
    private static async Task<bool> IsWritableAsync(string folder, CancellationToken cancellationToken) =>
        OperatingSystem.IsWindows() || ExternalProgram.FindOnPath("test") is not { } test || (await ExternalProgram.RunAsync(new ProgramCall(test, "-w", folder), cancellationToken)).Succeeded;
}
