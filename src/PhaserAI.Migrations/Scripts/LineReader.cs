namespace PhaserAI.Migrations.Scripts;

/// <summary>Reads a file line by line and holds only a small part of it.</summary>
internal sealed class LineReader(Stream stream)
{
    public const int MaxLineLength = 1024 * 1024;

    private byte[] _buffer = new byte[128 * 1024];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>Where the next line begins, counted from where the reading began.</summary>
    public long Position { get; private set; }

    /// <summary>Whether the reading ended at a line of more than <see cref="MaxLineLength"/> bytes.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The next line with its line end, which the last one may lack; false at the end.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (found >= 0 || (_isAtEnd && _end > _start))
            {
                var length = found >= 0 ? searched + found + 1 : _end - _start;
                line = _buffer.AsSpan(_start, length);
                _start += length;
                Position += length;
                return true;
            }

            searched = _end - _start;
            IsTooLong = searched > MaxLineLength;
            if (_isAtEnd || IsTooLong)
            {
                line = [];
                return false;
            }

            Fill();
        }
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = stream.Read(_buffer.AsSpan(_end));
        _end += read;
        _isAtEnd = read == 0;
    }
}
