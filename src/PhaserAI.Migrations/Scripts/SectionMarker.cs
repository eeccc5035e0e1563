using System.Buffers;
using System.Text;

namespace PhaserAI.Migrations.Scripts;

/// <summary>How a comment relates to a section marker.</summary>
internal enum MarkerKind
{
    /// <summary>An ordinary comment.</summary>
    None,

    /// <summary><c>-- UP</c> or <c>-- DOWN</c>, alone or with a colon.</summary>
    Marker,

    /// <summary>Upper-case <c>-- UP text</c> or <c>-- DOWN text</c> without the colon: perhaps meant as a marker.</summary>
    Doubtful,
}

/// <summary>
/// Tells section markers from comments: two dashes, spaces, UP or DOWN in any case as a whole word, then the end of the
/// line or a colon. Real files say "-- up by the scheduler" and "-- Down migration is not needed."
/// </summary>
internal static class SectionMarker
{
    private static readonly SearchValues<byte> EndOfWord = SearchValues.Create(" \t:.,;("u8);

    public static MarkerKind Read(ReadOnlySpan<byte> comment, out bool isDown)
    {
        isDown = false;
        if (!comment.StartsWith("--"u8))
            return MarkerKind.None;
        var text = comment[2..].Trim(" \t\r\f\v"u8);
        var end = text.IndexOfAny(EndOfWord);
        var word = end < 0 ? text : text[..end];
        isDown = Ascii.EqualsIgnoreCase(word, "DOWN"u8);
        if (!isDown && !Ascii.EqualsIgnoreCase(word, "UP"u8))
            return MarkerKind.None;

        var rest = text[word.Length..].TrimStart(" \t"u8);
        if (rest.IsEmpty || rest[0] == ':')
            return MarkerKind.Marker;
        return word.SequenceEqual("DOWN"u8) || word.SequenceEqual("UP"u8) ? MarkerKind.Doubtful : MarkerKind.None;
    }
}
