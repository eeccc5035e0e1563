using System.Buffers;
using System.Text;

namespace PhaserAI.Migrations.Scripts;

/// <summary>The text of a script in UTF-8 without its byte order mark, and where each byte stands in the file.</summary>
internal sealed class SourceText
{
    private readonly byte[] _bytes;
    private readonly LineOrigin[]? _origins;
    private readonly SourceText? _origin;
    private int[]? _lineStarts;
    private Place _last = new(0, 0, 1);

    public SourceText(string file, byte[] bytes)
    {
        File = file;
        _bytes = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes[3..] : bytes;
    }

    /// <summary>Text taken out of <paramref name="origin"/> line by line (an uncommented DOWN): positions are the origin's.</summary>
    private SourceText(SourceText origin, byte[] bytes, LineOrigin[] origins)
    {
        File = origin.File;
        _bytes = bytes;
        _origin = origin;
        _origins = origins;
    }

    /// <summary>The file as the user knows it.</summary>
    public string File { get; }

    public ReadOnlySpan<byte> Bytes => _bytes;

    public int Length => _bytes.Length;

    public ReadOnlyMemory<byte> Slice(int start, int length) => _bytes.AsMemory(start, length);

    /// <summary>Where a line of a taken-out text stands in its origin: which line, and how many characters were cut off before it.</summary>
    internal readonly record struct LineOrigin(int Line, int Cut);

    private sealed record Place(int Line, int Offset, int Column);

    public SourceText Extract(byte[] bytes, LineOrigin[] origins) => new(this, bytes, origins);

    public string GetString(int start, int length) => Encoding.UTF8.GetString(_bytes, start, length);

    public int CountLines(int start, int length) => _bytes.AsSpan(start, length).Count((byte)'\n');

    /// <summary>Line and column, both from 1; a column counts code points, as PostgreSQL's error positions do.</summary>
    public (int Line, int Column) GetPosition(int offset)
    {
        offset = Math.Clamp(offset, 0, _bytes.Length);
        var line = GetLineIndex(offset);

        // Positions are asked for in order, so that a script of one long line is counted through only once.
        var known = _last is { } last && last.Line == line && last.Offset <= offset ? last : new Place(line, LineStarts[line], 1);
        var column = known.Column + CountCodePoints(_bytes.AsSpan(known.Offset, offset - known.Offset));
        _last = new Place(line, offset, column);
        return _origins is null
            ? (line + 1, column)
            : (_origins[line].Line, column + _origins[line].Cut);
    }

    /// <summary>The offset at which a line (from 0) of this text begins.</summary>
    public int GetLineStart(int line) => LineStarts[Math.Clamp(line, 0, LineStarts.Length - 1)];

    /// <summary>The line (from 0) in which a byte stands.</summary>
    public int GetLineIndex(int offset)
    {
        var found = Array.BinarySearch(LineStarts, offset);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>A whole line of the file (from 1), without its line end.</summary>
    public string GetFileLine(int line)
    {
        if (_origin is not null)
            return _origin.GetFileLine(line);
        var start = GetLineStart(line - 1);
        var rest = _bytes.AsSpan(start);
        var length = rest.IndexOfAny((byte)'\n', (byte)'\r');
        return Encoding.UTF8.GetString(length < 0 ? rest : rest[..length]);
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
        var (line, column) = GetPosition(offset);
        return new ScriptProblem(File, line, column, message, mend) { Excerpt = GetFileLine(line) };
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
