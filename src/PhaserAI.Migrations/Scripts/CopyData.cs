using System.Text;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>The data of a COPY … FROM STDIN, wherever they are: in the script's text, or still in its file.</summary>
internal sealed class CopyData(SourceText text, SqlStatement copy)
{
    private const int ChunkBytes = 64 * 1024;

    private readonly CopyHole? _hole = text.FindHole(copy);

    /// <summary>How many lines they are.</summary>
    public long Lines => _hole?.Lines ?? text.Bytes.Slice(copy.DataStart, copy.DataLength).Count((byte)'\n');

    /// <summary>Their SHA-256, with CRLF as LF.</summary>
    public string Hash
    {
        get
        {
            if (_hole is not null)
                return _hole.Hash;
            using var digest = new Digest();
            digest.Append(text.Bytes.Slice(copy.DataStart, copy.DataLength));
            return digest.Finish();
        }
    }

    /// <summary>Writes them to a stream, a piece at a time; between two pieces it may be cancelled.</summary>
    /// <exception cref="DataChangedException">They are no longer what they were when the script was read.</exception>
    public async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
    {
        if (_hole is not null)
        {
            await WriteHoleAsync(_hole, stream, cancellationToken).ConfigureAwait(false);
            return;
        }

        for (var sent = 0; sent < copy.DataLength; sent += ChunkBytes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var chunk = text.Slice(copy.DataStart + sent, Math.Min(ChunkBytes, copy.DataLength - sent));
            await stream.WriteAsync(chunk, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Where the line that the server counts as this number stands in the file, and what is in it.</summary>
    public (SourcePlace Place, string Line) GetLine(long number)
    {
        var options = CopyOptions.Read(text.Bytes, copy);
        if (_hole is null)
        {
            var offset = copy.DataStart + CopyDataLines.StartOfLine(text.Bytes.Slice(copy.DataStart, copy.DataLength), number, options);
            return (text.GetPlace(offset), text.GetFileLine(offset));
        }

        var end = text.GetPlace(copy.DataStart);
        var before = 0L;
        var found = "";
        try
        {
            using var file = File.OpenRead(_hole.Path);
            file.Position = _hole.Start;
            var lines = new LineReader(file);
            var counted = new CopyDataLines.Counter(options);
            while (before < _hole.Lines && lines.TryRead(out var line))
            {
                if (counted.IsAt(number))
                {
                    found = Encoding.UTF8.GetString(line.TrimEnd("\r\n"u8));
                    break;
                }

                counted.Read(line);
                before++;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            before = Math.Min(number - 1, _hole.Lines); // the file is gone: the number is right but for lines within values
        }

        return (end with { Line = (int)(end.Line - _hole.Lines + before), Column = 1 }, found);
    }

    private static async Task WriteHoleAsync(CopyHole hole, Stream stream, CancellationToken cancellationToken)
    {
        using var digest = new Digest();
        var file = Open(hole);
        await using (file.ConfigureAwait(false))
        {
            var buffer = new byte[ChunkBytes];
            for (var left = hole.Length; left > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = Read(file, buffer.AsSpan(0, (int)Math.Min(ChunkBytes, left)));
                digest.Append(buffer.AsSpan(0, read));
                await stream.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None).ConfigureAwait(false);
                left -= read;
            }
        }

        if (digest.Finish() != hole.Hash)
            throw new DataChangedException();
    }

    private static FileStream Open(CopyHole hole)
    {
        try
        {
            var file = new FileStream(hole.Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            file.Position = hole.Start;
            return file;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataChangedException(failure);
        }
    }

    private static int Read(FileStream file, Span<byte> buffer)
    {
        try
        {
            return file.Read(buffer) is var read and > 0 ? read : throw new DataChangedException();
        }
        catch (IOException failure)
        {
            throw new DataChangedException(failure);
        }
    }
}

/// <summary>The data of a COPY, which are read when they are sent, are not what they were when the script was read.</summary>
internal sealed class DataChangedException(Exception? cause = null) : Exception(
    cause is null ? "the data of this COPY have changed since the script was read" : $"the data of this COPY can't be read any more: {cause.Message}", cause);
