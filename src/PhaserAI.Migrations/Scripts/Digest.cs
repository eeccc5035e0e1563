using System.Buffers;
using System.Security.Cryptography;

namespace PhaserAI.Migrations.Scripts;

/// <summary>
/// SHA-256 of many small pieces, which it collects: hashing each alone takes several times as long. CRLF counts as LF, also
/// where one piece ends between the two.
/// </summary>
internal sealed class Digest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _used;
    private bool _endsInReturn;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        if (_endsInReturn && bytes[0] != '\n')
            Collect("\r"u8);
        _endsInReturn = bytes[^1] == '\r';
        if (_endsInReturn)
            bytes = bytes[..^1];
        while (bytes.IndexOf("\r\n"u8) is var end and >= 0)
        {
            Collect(bytes[..end]);
            bytes = bytes[(end + 1)..];
        }

        Collect(bytes);
    }

    /// <summary>64 lower-case hexadecimal digits. Nothing can be appended afterwards.</summary>
    public string Finish()
    {
        if (_endsInReturn)
            Collect("\r"u8);
        _hash.AppendData(_buffer, 0, _used);
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _hash.Dispose();
    }

    private void Collect(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _used)
        {
            _hash.AppendData(_buffer, 0, _used);
            _used = 0;
        }

        if (bytes.Length > _buffer.Length)
        {
            _hash.AppendData(bytes);
        }
        else
        {
            bytes.CopyTo(_buffer.AsSpan(_used));
            _used += bytes.Length;
        }
    }
}
