namespace PhaserAI.Migrations.Imports;

/// <summary>
/// A file of dbmate, cut as dbmate 2.36 cuts it: at the first line <c>-- migrate:up</c> and the first <c>-- migrate:down</c>, wherever they
/// stand, with options behind them.
/// </summary>
/// <param name="Up">What stands before and behind the first marker, up to the second.</param>
/// <param name="Down">What stands behind the second marker; empty when there is none.</param>
/// <param name="UpInTransaction">Whether dbmate makes a transaction of it.</param>
/// <param name="DownInTransaction">The same of <paramref name="Down"/>.</param>
internal sealed record DbmateSections(byte[] Up, byte[] Down, bool UpInTransaction, bool DownInTransaction)
{
    /// <summary>Null when there is no <c>-- migrate:up</c>, or it does not come first: dbmate refuses such a file.</summary>
    public static DbmateSections? TryRead(ReadOnlySpan<byte> text)
    {
        var (up, down) = (FindMarker(text, "migrate:up"u8), FindMarker(text, "migrate:down"u8));
        if (up is not (var upStart, var upEnd) || (down is (var first, _) && first < upStart))
            return null;
        var (downStart, downEnd) = down ?? (text.Length, text.Length);
        return new DbmateSections(
            [.. text[..upStart], .. text[upEnd..downStart]],
            [.. text[downEnd..]],
            text[upStart..upEnd].IndexOf("transaction:false"u8) < 0,
            text[downStart..downEnd].IndexOf("transaction:false"u8) < 0);
    }

    /// <summary>The first line that is the marker, from its start to the start of the next.</summary>
    private static (int Start, int End)? FindMarker(ReadOnlySpan<byte> text, ReadOnlySpan<byte> marker)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = text[start..].IndexOf((byte)'\n') is var length and >= 0 ? start + length + 1 : text.Length;
            if (text[start..end] is [(byte)'-', (byte)'-', .. var comment] && comment.TrimStart(" \t"u8).StartsWith(marker))
            {
                var rest = comment.TrimStart(" \t"u8)[marker.Length..];
                if (rest.IsEmpty || rest[0] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                    return (start, end);
            }

            start = end;
        }

        return null;
    }
}
