using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>Where backups go: the bucket that is set, else a folder.</summary>
internal static class BackupStores
{
    /// <summary>Whether somebody has said where to.</summary>
    public static bool IsSet(Call call) =>
        call.Settings.Reader.Get(KnownSettings.BackupBucket) is not null || call.Settings.Reader.Get(KnownSettings.BackupFolder) is not null;

    /// <exception cref="UsageException">A setting can't be used.</exception>
    public static IBackupStore Choose(Call call)
    {
        var settings = call.Settings.Reader;
        if (settings.Get(KnownSettings.BackupBucket) is { } bucket)
        {
            return S3BackupStore.IsBucket(bucket)
                ? S3BackupStore.Open(bucket, settings.Get(KnownSettings.BackupKmsKey), call.Host.Variable)
                : throw new UsageException(
                    $"{settings.SourceOf(KnownSettings.BackupBucket)} is \"{bucket}\", which is no bucket's name", "Set it to the name alone, without s3:// and without a folder.");
        }

        var folder = settings.GetPath(KnownSettings.BackupFolder) ?? Path.Combine(call.Settings.Project.Path, "backups");
        return new FolderBackupStore(folder, ProjectFolder.Shorten(folder, call.Host.CurrentDirectory));
    }

    /// <summary>What the library needs to know.</summary>
    public static BackupOptions ToOptions(Call call, MigrationOptions options, IBackupStore store) => new()
    {
        ConnectionString = options.ConnectionString,
        Login = options.Login,
        Store = store,
        ProgramFolder = call.Settings.Reader.GetPath(KnownSettings.ProgramFolder),
        ProgramPath = call.Host.Variable("PATH"),
        Home = call.Host.Variable("HOME"),
        HistorySchema = options.HistorySchema,
        Tool = options.Tool,
        CommandName = call.Host.CommandName,
        Environment = options.Environment,
        GitCommit = options.GitCommit,
        OperatingSystemUser = options.OperatingSystemUser,
        TimeProvider = options.TimeProvider,
    };
}
