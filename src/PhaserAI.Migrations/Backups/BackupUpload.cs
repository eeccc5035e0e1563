namespace PhaserAI.Migrations.Backups;

/// <summary>An object that is being written. Disposed before it is completed, it leaves nothing behind.</summary>
public abstract class BackupUpload : IAsyncDisposable
{
    /// <summary>Adds bytes at the end.</summary>
    /// <exception cref="BackupFailedException">The store refuses, or is full.</exception>
    public abstract Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Makes the object be there, on disk, with all that was written.</summary>
    /// <exception cref="BackupNameTakenException">Another run has completed one of that name meanwhile.</exception>
    /// <exception cref="BackupFailedException">The store refuses, or is full.</exception>
    public abstract Task CompleteAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
