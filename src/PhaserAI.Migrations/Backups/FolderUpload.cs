using System.Runtime.InteropServices;

namespace PhaserAI.Migrations.Backups;

/// <summary>A file of a <see cref="FolderBackupStore"/> that is being written.</summary>
internal sealed class FolderUpload : BackupUpload
{
    private readonly FileStream _file;
    private readonly string _final;
    private readonly string _address;
    private bool _isComplete;

    private FolderUpload(FileStream file, string final, string address) => (_file, _final, _address) = (file, final, address);

    /// <exception cref="BackupNameTakenException">Another run is writing it.</exception>
    public static FolderUpload Begin(string hidden, string final, string address)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FolderUpload(new FileStream(hidden, options), final, address);
        }
        catch (IOException taken) when (IsTaken(taken))
        {
            throw new BackupNameTakenException(address);
        }
    }

    /// <summary>Removes a file whose writer is gone; nobody else can lock it.</summary>
    public static void RemoveIfDead(string hidden)
    {
        try
        {
            using var locked = new FileStream(hidden, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            File.Delete(hidden);
        }
        catch (Exception taken) when (taken is IOException or UnauthorizedAccessException)
        {
            // In use, another user's, or gone.
        }
    }

    public override async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _file.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw FolderBackupStore.Refused($"can't write {_address}", refused);
        }
    }

    public override Task CompleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            _file.Flush(flushToDisk: true);
            if (File.Exists(_final))
                throw new BackupNameTakenException(_address);
            File.Move(_file.Name, _final, overwrite: false); // link(2), which replaces nothing, and unlink(2)
            _isComplete = true;
            FlushFolder(Path.GetDirectoryName(_final)!);
            return Task.CompletedTask;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw FolderBackupStore.Refused($"can't write {_address}", refused);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_isComplete)
            File.Delete(_file.Name);
        await _file.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// There is such a file, which may be gone by now; or it was made, but could not be locked: .NET does these one after the other, and
    /// another run that looks for leftovers came between, which removes it.
    /// </summary>
    private static bool IsTaken(IOException refused) => refused.HResult switch
    {
        17 => !OperatingSystem.IsWindows(), // EEXIST
        11 => OperatingSystem.IsLinux(), // EWOULDBLOCK
        35 => OperatingSystem.IsMacOS(), // EWOULDBLOCK
        unchecked((int)0x80070050) or unchecked((int)0x80070020) => OperatingSystem.IsWindows(), // ERROR_FILE_EXISTS, ERROR_SHARING_VIOLATION
        _ => false,
    };

    /// <summary>The new name is on disk only when its folder is; .NET opens no folders.</summary>
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(folder, 0);
        if (descriptor < 0)
            return;
        _ = Synchronize(descriptor);
        _ = Close(descriptor);
    }

    [DllImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Synchronize(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
