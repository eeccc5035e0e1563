namespace PhaserAI.Migrations.Backups;

/// <summary>Brings a backup of a store into a file, which is there only when it is whole.</summary>
public sealed class BackupDownload(BackupContent content, TimeProvider clock, IProgress<MigrationEvent>? progress = null)
{
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends it; no file is left.</param>
    /// <exception cref="BackupFailedException">It is damaged, or the file is there already, or can't be written.</exception>
    public async Task SaveAsync(string path, CancellationToken cancellationToken = default)
    {
        var hidden = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.partial");
        FolderUpload file;
        try
        {
            FolderUpload.RemoveIfDead(hidden);
            if (File.Exists(path))
                throw new BackupFailedException($"there is a file {path} already", "Give another one with --to, or move it away.");
            file = FolderUpload.Begin(hidden, path, path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw FolderBackupStore.Refused($"can't write {path}", refused);
        }

        await using (file.ConfigureAwait(false))
        {
            var meter = new Meter(content.Backup.Address, "downloading", content.Backup.Length, clock, progress);
            await BackupStream.PassAsync(content, bytes => file.WriteAsync(bytes, cancellationToken), meter, cancellationToken).ConfigureAwait(false);
            await file.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
