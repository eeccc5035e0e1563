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

    /// <summary>All is there: it is committed. When nobody takes it, psql has ended, and its exit code says why.</summary>
    public async Task EndAsync()
    {
        try
        {
            await PassAsync(isEnd: true).ConfigureAwait(false);
            await writeAsync(DumpFrame.End).ConfigureAwait(false);
        }
        catch (IOException)
        {
        }
    }

    private async Task PassAsync(bool isEnd)
    {
        var ready = _text.Read(_buffer.AsSpan(0, _count), isEnd);
        await writeAsync(_buffer.AsMemory(0, ready)).ConfigureAwait(false);
        _count -= ready;
        _buffer.AsSpan(ready, _count).CopyTo(_buffer);
    }
}
