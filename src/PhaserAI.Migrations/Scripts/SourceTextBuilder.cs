using System.Buffers;

namespace PhaserAI.Migrations.Scripts;

/// <summary>Puts a text together from pieces of others, and remembers where each piece stands in its file.</summary>
/// <param name="capacity">How long the text will be, at a guess.</param>
internal sealed class SourceTextBuilder(int capacity = 256)
{
    private readonly ArrayBufferWriter<byte> _bytes = new(Math.Max(1, capacity));
    private readonly List<SourceText.Segment> _segments = [];
    private readonly List<CopyHole> _holes = [];

    public bool EndsLine => _bytes.WrittenCount == 0 || _bytes.WrittenSpan[^1] == '\n';

    /// <summary>Takes over part of a text as it stands.</summary>
    public void Copy(SourceText source, int start, int end)
    {
        if (start == end)
            return;
        var goesOn = _segments is [.., { IsCopy: true } last] && last.Source == source
            && last.SourceStart + _bytes.WrittenCount - last.Start == start;
        if (!goesOn)
            _segments.Add(new SourceText.Segment(_bytes.WrittenCount, source, start, IsCopy: true));
        foreach (var hole in source.Holes)
        {
            if (hole.Offset >= start && hole.Offset < end)
                _holes.Add(hole with { Offset = hole.Offset - start + _bytes.WrittenCount });
        }

        _bytes.Write(source.Bytes[start..end]);
    }

    /// <summary>Adds what does not stand in any file, but because of what stands at <paramref name="place"/> of a text.</summary>
    public void Insert(ReadOnlySpan<byte> bytes, SourceText source, int place)
    {
        if (bytes.IsEmpty)
            return;
        _segments.Add(new SourceText.Segment(_bytes.WrittenCount, source, place, IsCopy: false));
        _bytes.Write(bytes);
    }

    /// <summary>The text, over an array that is its caller's to change while it is being read.</summary>
    /// <param name="source">The text it was made from.</param>
    /// <param name="end">Where in that text its end stands.</param>
    /// <param name="bytes">The array.</param>
    public SourceText Build(SourceText source, int end, out byte[] bytes)
    {
        _segments.Add(new SourceText.Segment(_bytes.WrittenCount, source, end, IsCopy: false));
        bytes = _bytes.WrittenSpan.ToArray();
        return new SourceText(source.File, bytes, [.. _segments], [.. _holes]);
    }
}
