using System.Text;

namespace PhaserAI.Migrations.Imports;

/// <summary>
/// The checksum that Flyway keeps of a script: CRC-32 (IEEE 802.3, as in zip) of its lines without their ends and without a
/// byte order mark, as a signed number.
/// </summary>
internal static class FlywayChecksum
{
    private const uint Polynomial = 0xEDB88320;

    public static int Of(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..];
        var crc = uint.MaxValue;
        foreach (var letter in text)
        {
            if (letter is (byte)'\n' or (byte)'\r')
                continue;
            crc ^= letter;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ Polynomial;
        }

        return (int)~crc;
    }
}
