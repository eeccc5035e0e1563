namespace PhaserAI.Migrations.Backups;

/// <summary>
/// Makes one transaction of the text of a pg_dump that was called by hand. psql's --single-transaction does not: the COMMIT behind large objects ends it,
/// and when the input ends in the middle, because the tool is killed, psql commits what it has (both measured).
/// </summary>
/// <param name="writeAsync">Takes the bytes.</param>
internal sealed class FramedText(Func<ReadOnlyMemory<byte>, Task> writeAsync)
{
    private const int HasEverySetting = int.MaxValue;

    private readonly DumpText _text = new(HasEverySetting);
    private byte[] _buffer = new byte[2 * DumpText.LongestLine];
    private int _count;
    private bool _hasBegun;
    private bool _isDump;
    private bool _isComplete;
    private bool _isRefused;

    /// <summary>Whether it begins as pg_dump's text does and lacks its last line: then it is not all there.</summary>
    public bool IsCutOff => _isDump && !_isComplete && !_isRefused;

    /// <exception cref="IOException">Nobody takes the bytes any more.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (!_hasBegun)
            await writeAsync("\\if true\nBEGIN;\n"u8.ToArray()).ConfigureAwait(false);
        _hasBegun = true;
        if (_count + bytes.Length > _buffer.Length)
            Array.Resize(ref _buffer, _count + bytes.Length);
        bytes.CopyTo(_buffer.AsMemory(_count));
        _count += bytes.Length;
        await PassAsync(isEnd: false).ConfigureAwait(false);
    }

    /// <summary>Commits it, unless it is cut off. When nobody takes it, psql has ended, and its exit code says why.</summary>
    public async Task EndAsync()
    {
        try
        {
            await PassAsync(isEnd: true).ConfigureAwait(false);
            if (IsCutOff)
                return;
            await writeAsync(DumpFrame.End).ConfigureAwait(false);
        }
        catch (IOException)
        {
        }
    }

    private async Task PassAsync(bool isEnd)
    {
        var ready = _text.Read(_buffer.AsSpan(0, _count), isEnd);
        _isDump |= _buffer.AsSpan(0, ready).IndexOf("-- PostgreSQL database dump\n"u8) >= 0 || _buffer.AsSpan(0, ready).IndexOf("-- PostgreSQL database dump\r"u8) >= 0;
        _isComplete |= _buffer.AsSpan(0, ready).IndexOf("-- PostgreSQL database dump complete"u8) >= 0;
        try
        {
            await writeAsync(_buffer.AsMemory(0, ready)).ConfigureAwait(false);
        }
        catch (IOException)
        {
            _isRefused = true; // the rest does not come here any more
            throw;
        }

        _count -= ready;
        _buffer.AsSpan(ready, _count).CopyTo(_buffer);
    }
}
