using System.Collections.Immutable;

namespace PhaserAI.Migrations.Backups;

/// <summary>
/// Backups in a folder (0700, its files 0600). A file that is being written has a hidden name, and is locked (flock) by its
/// writer: one that is not locked any more was left by a run that was killed, and is removed.
/// </summary>
/// <param name="path">The folder; it is made when the first backup is.</param>
/// <param name="label">The folder as messages name it; null means its path.</param>
public sealed class FolderBackupStore(string path, string? label = null) : IBackupStore
{
    private const string Partial = ".partial";

    private const UnixFileMode OwnFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <inheritdoc/>
    public string Address { get; } = label ?? path;

    /// <inheritdoc/>
    public string AddressOf(string name) => Path.Combine(Address, name);

    /// <inheritdoc/>
    public Task<BackupUpload> CreateAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                Directory.CreateDirectory(path, OwnFolder);
            RemoveLeftovers();
            if (File.Exists(FileOf(name)))
                throw new BackupNameTakenException(AddressOf(name));
            return Task.FromResult<BackupUpload>(FolderUpload.Begin(FileOf("." + name + Partial), FileOf(name), AddressOf(name)));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw Refused($"can't write to {Address}", refused);
        }
    }

    /// <inheritdoc/>
    public Task<Stream> OpenAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult<Stream>(new FileStream(FileOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.SequentialScan));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw Refused($"can't read {AddressOf(name)}", refused);
        }
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<StoredObject>> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            var folder = new DirectoryInfo(path);
            return Task.FromResult<ImmutableArray<StoredObject>>(
                folder.Exists
                    ? [.. folder.GetFiles().Where(file => file.Name[0] != '.').OrderBy(file => file.Name, StringComparer.Ordinal)
                        .Select(file => new StoredObject(file.Name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc)))]
                    : []);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw Refused($"can't read {Address}", refused);
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            if (File.Exists(FileOf(name)))
                File.Delete(FileOf(name));
            return Task.CompletedTask;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw Refused($"can't remove {AddressOf(name)}", refused);
        }
    }

    internal static BackupFailedException Refused(string what, Exception cause) =>
        new($"{what}: {cause.Message}", "Nothing was changed. Make room, or let this user write there; or set BACKUP_DIR to another folder.", cause);

    private string FileOf(string name) => Path.Combine(path, Path.GetFileName(name));

    private void RemoveLeftovers()
    {
        foreach (var file in Directory.GetFiles(path, ".backup_*" + Partial))
            FolderUpload.RemoveIfDead(file);
    }
}
