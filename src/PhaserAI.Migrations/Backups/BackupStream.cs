using System.Security.Cryptography;

namespace PhaserAI.Migrations.Backups;

/// <summary>
/// Passes a backup on and checks it against its manifest meanwhile. Its last part is passed on only when all of it is right:
/// it holds the COMMIT, without which nothing of a restore stays.
/// </summary>
internal static class BackupStream
{
    private const int ChunkSize = 1024 * 1024;

    /// <summary>The end of a plain backup that holds its COMMIT is shorter; of an archive, so is the mark at the end of its data.</summary>
    private const int Tail = 64 * 1024;

    /// <param name="content">The backup.</param>
    /// <param name="writeAsync">Takes the bytes; an IOException says that nobody takes them any more, and the rest is only checked.</param>
    /// <param name="meter">Is told how far it is.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="BackupFailedException">It is not what its manifest says, or can't be read.</exception>
    public static async Task PassAsync(BackupContent content, Func<ReadOnlyMemory<byte>, Task> writeAsync, Meter meter, CancellationToken cancellationToken)
    {
        var stream = await content.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[Tail + ChunkSize];
            var (kept, length, isTaken) = (0, 0L, true);
            while (await ReadAsync(content, stream, buffer.AsMemory(kept), cancellationToken).ConfigureAwait(false) is var count and > 0)
            {
                hash.AppendData(buffer, kept, count);
                length += count;
                meter.Advance(length);
                var ready = Math.Max(0, kept + count - Tail);
                isTaken = isTaken && await TryWriteAsync(writeAsync, buffer.AsMemory(0, ready)).ConfigureAwait(false);
                kept += count - ready;
                buffer.AsSpan(ready, kept).CopyTo(buffer);
            }

            if (content.Backup.Manifest is { } manifest)
                Check(content.Backup, manifest, length, Convert.ToHexStringLower(hash.GetHashAndReset()));
            if (isTaken)
                await TryWriteAsync(writeAsync, buffer.AsMemory(0, kept)).ConfigureAwait(false);
        }
    }

    private static void Check(StoredBackup backup, BackupManifest manifest, long length, string sha256)
    {
        if (length != manifest.Bytes)
        {
            throw new BackupFailedException(
                $"{backup.Address} is damaged: it has {length} bytes, and was made with {manifest.Bytes}", "Take another backup; the command backup list shows what there is.");
        }

        if (sha256 != manifest.Sha256)
        {
            throw new BackupFailedException(
                $"{backup.Address} is damaged: its SHA-256 is {sha256}, and was {manifest.Sha256} when it was made", "Take another backup; the command backup list shows what there is.");
        }
    }

    private static async Task<bool> TryWriteAsync(Func<ReadOnlyMemory<byte>, Task> writeAsync, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await writeAsync(bytes).ConfigureAwait(false);
            return true;
        }
        catch (IOException)
        {
            return false; // it has ended; its exit code says why
        }
    }

    private static async Task<int> ReadAsync(BackupContent content, Stream stream, Memory<byte> memory, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.ReadAsync(memory, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw new BackupFailedException($"{content.Backup.Address} can't be read: {broken.Message}", "Nothing was changed. Run the command again.", broken);
        }
    }
}
