using System.Security.Cryptography;

namespace PhaserAI.Migrations.Backups;

/// <summary>Counts and hashes what goes into an upload, and tells how far it is.</summary>
internal sealed class HashedUpload(BackupUpload upload, Meter meter) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public long Bytes { get; private set; }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _hash.AppendData(bytes.Span);
        await upload.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        Bytes += bytes.Length;
        meter.Advance(Bytes);
    }

    /// <summary>The SHA-256 of everything.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
