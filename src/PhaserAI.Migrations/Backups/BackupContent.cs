using System.Text.Json;

namespace PhaserAI.Migrations.Backups;

/// <summary>A backup that is to be read: one of a store, or any file of pg_dump.</summary>
public sealed class BackupContent
{
    private readonly Func<CancellationToken, Task<Stream>> _open;

    private BackupContent(StoredBackup backup, Func<CancellationToken, Task<Stream>> open) => (Backup, _open) = (backup, open);

    /// <summary>What is known of it.</summary>
    public StoredBackup Backup { get; }

    /// <summary>How it is written: as the manifest says, else as its name does.</summary>
    public BackupFormat Format => Backup.Manifest?.Format is "custom" || (Backup.Manifest is null && BackupName.FormatOf(Backup.Name) is BackupFormat.Custom)
        ? BackupFormat.Custom
        : BackupFormat.Plain;

    /// <summary>Whether it is a file, and not one of the store.</summary>
    internal bool IsFile { get; private init; }

    /// <summary>A backup of a store: its name, its address, or <c>latest</c>.</summary>
    /// <exception cref="BackupFailedException">There is none.</exception>
    public static Task<BackupContent> OfStoreAsync(IBackupStore store, string name, CancellationToken cancellationToken = default) => OfStoreAsync(store, name, null, cancellationToken);

    /// <summary>As above; <c>latest</c> is the latest of that database and environment.</summary>
    internal static async Task<BackupContent> OfStoreAsync(IBackupStore store, string name, (string Database, string? Environment)? of, CancellationToken cancellationToken)
    {
        var catalog = new BackupCatalog(store);
        var backup = name is "latest" && of is { } wanted
            ? await catalog.FindLatestAsync(wanted.Database, wanted.Environment, cancellationToken).ConfigureAwait(false)
            : await catalog.FindAsync(name, cancellationToken).ConfigureAwait(false);
        return new BackupContent(backup, token => store.OpenAsync(backup.Name, token));
    }

    /// <summary>A file; its manifest is taken from beside it when it is there.</summary>
    /// <exception cref="BackupFailedException">It can't be read.</exception>
    public static async Task<BackupContent> OfFileAsync(string path, CancellationToken cancellationToken = default)
    {
        var store = new FolderBackupStore(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var file = new FileInfo(path);
        var stream = await store.OpenAsync(file.Name, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var backup = new StoredBackup(file.Name, path, stream.Length, new DateTimeOffset(file.LastWriteTimeUtc), await ReadManifestAsync(store, file.Name, cancellationToken).ConfigureAwait(false));
            return new BackupContent(backup, token => store.OpenAsync(file.Name, token)) { IsFile = true };
        }
    }

    /// <summary>Its bytes.</summary>
    /// <exception cref="BackupFailedException">They can't be read.</exception>
    public Task<Stream> OpenAsync(CancellationToken cancellationToken) => _open(cancellationToken);

    private static async Task<BackupManifest?> ReadManifestAsync(FolderBackupStore store, string name, CancellationToken cancellationToken)
    {
        try
        {
            var stream = await store.OpenAsync(BackupName.ManifestOf(name), cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
                return await BackupCatalog.ReadAsync(stream, cancellationToken).ConfigureAwait(false) is { } manifest && manifest.Name == name ? manifest : null;
        }
        catch (Exception none) when (none is BackupFailedException or JsonException)
        {
            return null;
        }
    }
}
