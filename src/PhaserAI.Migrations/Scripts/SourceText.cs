using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>The text of a script in UTF-8 without its byte order mark, and where each byte stands in the file.</summary>
internal sealed class SourceText
{
    private readonly byte[] _bytes;
    private readonly Segment[]? _segments;
    private int[]? _lineStarts;
    private Place _last = new(0, 0, 1);

    public SourceText(string file, byte[] bytes)
    {
        File = file;
        _bytes = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
    }

    /// <summary>Text of a file in which data were left: see <see cref="LargeScript"/>.</summary>
    internal SourceText(string file, byte[] bytes, IReadOnlyList<CopyHole> holes, string checksum)
        : this(file, bytes)
    {
        var mark = bytes.Length - _bytes.Length;
        Holes = [.. holes.Select(hole => hole with { Offset = hole.Offset - mark })];
        Checksum = checksum;
    }

    /// <summary>Text made from pieces of others (an uncommented DOWN, included files): positions are those of the pieces.</summary>
    internal SourceText(string file, byte[] bytes, Segment[] segments, ImmutableArray<CopyHole> holes)
    {
        File = file;
        _bytes = bytes;
        _segments = segments;
        Holes = holes;
    }

    /// <summary>The file as the user knows it; of a text with included files, the one that includes them.</summary>
    public string File { get; }

    public ReadOnlySpan<byte> Bytes => _bytes;

    public int Length => _bytes.Length;

    /// <summary>The data that were left in the file, in order.</summary>
    public ImmutableArray<CopyHole> Holes { get; } = [];

    /// <summary>The checksum of the whole file; null when it can be made from this text.</summary>
    public string? Checksum { get; }

    /// <summary>The data of a COPY that were left in the file; null when the text holds them.</summary>
    public CopyHole? FindHole(SqlStatement copy) => copy is { DataStart: > 0, DataLength: 0 }
        ? Holes.FirstOrDefault(hole => hole.Offset == copy.DataStart)
        : null;

    public ReadOnlyMemory<byte> Slice(int start, int length) => _bytes.AsMemory(start, length);

    /// <summary>Where a piece of a text comes from.</summary>
    /// <param name="Start">Its first byte in the text.</param>
    /// <param name="Source">What it comes from.</param>
    /// <param name="SourceStart">Its first byte there.</param>
    /// <param name="IsCopy">Whether it was taken over byte by byte; else all of it stands for one place.</param>
    internal readonly record struct Segment(int Start, SourceText Source, int SourceStart, bool IsCopy);

    private sealed record Place(int Line, int Offset, int Column);

    public string GetString(int start, int length) => Encoding.UTF8.GetString(_bytes, start, length);

    /// <summary>Line and column in the file, both from 1; a column counts code points, as PostgreSQL's error positions do.</summary>
    public (int Line, int Column) GetPosition(int offset)
    {
        var (_, line, column) = GetPlace(offset);
        return (line, column);
    }

    /// <summary>The file, line and column in which a byte stands.</summary>
    public SourcePlace GetPlace(int offset)
    {
        offset = Math.Clamp(offset, 0, _bytes.Length);
        if (Origin(offset) is var (source, place))
            return source.GetPlace(place);
        var line = GetLineIndex(offset);

        // Positions are asked for in order, so that a script of one long line is counted through only once.
        var known = _last is { } last && last.Line == line && last.Offset <= offset ? last : new Place(line, LineStarts[line], 1);
        var column = known.Column + CountCodePoints(_bytes.AsSpan(known.Offset, offset - known.Offset));
        _last = new Place(line, offset, column);
        var left = Holes.Sum(hole => hole.Offset <= offset ? hole.Lines : 0);
        return new SourcePlace(File, line + 1 + (int)left, column);
    }

    /// <summary>The offset at which a line (from 0) of this text begins.</summary>
    public int GetLineStart(int line) => LineStarts[Math.Clamp(line, 0, LineStarts.Length - 1)];

    /// <summary>The line (from 0) of this text in which a byte stands.</summary>
    public int GetLineIndex(int offset)
    {
        var found = Array.BinarySearch(LineStarts, offset);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>The whole line of the file in which a byte stands, without its line end.</summary>
    public string GetFileLine(int offset)
    {
        offset = Math.Clamp(offset, 0, _bytes.Length);
        if (Origin(offset) is var (source, place))
            return source.GetFileLine(place);
        var rest = _bytes.AsSpan(LineStarts[GetLineIndex(offset)]);
        var length = rest.IndexOfAny((byte)'\n', (byte)'\r');
        return Encoding.UTF8.GetString(length < 0 ? rest : rest[..length]);
    }

    private (SourceText Source, int Offset)? Origin(int offset)
    {
        if (_segments is null)
            return null;
        var (low, high) = (0, _segments.Length);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = _segments[middle].Start <= offset ? (middle, high) : (low, middle);
        }

        var segment = _segments[low];
        return (segment.Source, segment.SourceStart + (segment.IsCopy ? offset - segment.Start : 0));
    }

    /// <summary>The byte offset of a code point, counted from <paramref name="start"/>; the end of the text when it is beyond it.</summary>
    public int Skip(int start, int codePoints)
    {
        var offset = start;
        while (codePoints-- > 0 && offset < _bytes.Length)
        {
            offset++;
            while (offset < _bytes.Length && (_bytes[offset] & 0xC0) == 0x80)
                offset++;
        }

        return offset;
    }

    /// <summary>A problem at a byte of this text, with the line it stands in.</summary>
    public ScriptProblem Problem(int offset, string message, string mend)
    {
        var (file, line, column) = GetPlace(offset);
        return new ScriptProblem(file, line, column, message, mend) { Excerpt = GetFileLine(offset) };
    }

    /// <summary>Offset of the first byte that is not well-formed UTF-8, or -1.</summary>
    public int FindInvalidUtf8()
    {
        if (System.Text.Unicode.Utf8.IsValid(_bytes))
            return -1;
        var offset = 0;
        while (offset < _bytes.Length)
        {
            if (Rune.DecodeFromUtf8(_bytes.AsSpan(offset), out _, out var consumed) != OperationStatus.Done)
                return offset;
            offset += consumed;
        }

        return -1;
    }

    private int[] LineStarts => _lineStarts ??= FindLineStarts(_bytes);

    private static int[] FindLineStarts(ReadOnlySpan<byte> bytes)
    {
        var starts = new List<int> { 0 };
        for (var next = 0; ;)
        {
            var length = bytes[next..].IndexOf((byte)'\n');
            if (length < 0)
                return [.. starts];
            next += length + 1;
            starts.Add(next);
        }
    }

    private static int CountCodePoints(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        foreach (var b in bytes)
            count += (b & 0xC0) != 0x80 ? 1 : 0;
        return count;
    }
}

/// <summary>A place in a file: line and column count from 1, the column in code points.</summary>
internal readonly record struct SourcePlace(string File, int Line, int Column);
