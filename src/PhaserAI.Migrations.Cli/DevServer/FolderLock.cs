namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>
/// One process at a time: an open file nobody else may open. On Unix .NET takes it with flock(2), so the kernel gives it back
/// when the holder dies, however it dies.
/// </summary>
internal static class FolderLock
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Dispose the result to give the lock back.</summary>
    public static async Task<FileStream> TakeAsync(
        string file, TimeProvider clock, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var asked = clock.GetTimestamp();
        var waiting = false;
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (UnauthorizedAccessException error)
            {
                throw new DevServerException(
                    $"The development database in {Path.GetDirectoryName(file)} belongs to another user.", error.Message,
                    $"Run as that user, or remove the folder. {DevServerException.OtherServer}", error);
            }
            catch (IOException error) when (IsHeld(error))
            {
                if (clock.GetElapsedTime(asked) > Patience)
                    throw new DevServerException(
                        "Another process has been preparing the development database for ten minutes.", $"It holds {file}.",
                        "End that process and try again.", error);
            }

            if (!waiting)
                progress?.Report("Waiting for another process that is preparing the development database …");
            waiting = true;
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    // EWOULDBLOCK (Linux 11, macOS 35), ERROR_SHARING_VIOLATION
    private static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);
}
