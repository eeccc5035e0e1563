using System.Globalization;
using System.Text;

namespace PhaserAI.Migrations.Sql;

/// <summary>What quoted tokens say, once their quotes and escapes are undone.</summary>
internal static class SqlLiteral
{
    /// <summary>
    /// The name an identifier token means: unquoted ones in lower case (ASCII letters only, as PostgreSQL does in UTF-8).
    /// </summary>
    public static string IdentifierName(ReadOnlySpan<byte> token)
    {
        if (token is [(byte)'"', ..])
            return Undouble(Inside(token, 1, '"'), "\"\"", "\"");
        if (token is [(byte)'u' or (byte)'U', (byte)'&', (byte)'"', ..])
            return DecodeUnicodeEscapes(Undouble(Inside(token, 3, '"'), "\"\"", "\""));

        return string.Create(Encoding.UTF8.GetCharCount(token), token, static (name, bytes) =>
        {
            Encoding.UTF8.GetChars(bytes, name);
            foreach (ref var character in name)
            {
                if (char.IsAsciiLetterUpper(character))
                    character = (char)(character | 0x20);
            }
        });
    }

    /// <summary>The value of a string token of any kind; a bit string gives its digits.</summary>
    public static string StringValue(ReadOnlySpan<byte> token, bool standardConformingStrings)
    {
        switch (token[0] | 0x20)
        {
            case '$':
                var tag = token[1..].IndexOf((byte)'$') + 2;
                var body = token[tag..];
                return Encoding.UTF8.GetString(body.EndsWith(token[..tag]) ? body[..^tag] : body);
            case 'e':
                return DecodeEscapes(Inside(token, 2, '\''));
            case 'u':
                return DecodeUnicodeEscapes(Undouble(Inside(token, 3, '\''), "''", "'"));
            case 'n' or 'b' or 'x':
                var inside = Inside(token, 2, '\'');
                return (token[0] | 0x20) == 'n' && !standardConformingStrings
                    ? DecodeEscapes(inside)
                    : Undouble(inside, "''", "'");
            default:
                return standardConformingStrings
                    ? Undouble(Inside(token, 1, '\''), "''", "'")
                    : DecodeEscapes(Inside(token, 1, '\''));
        }
    }

    private static ReadOnlySpan<byte> Inside(ReadOnlySpan<byte> token, int start, char quote)
    {
        var inside = token[Math.Min(start, token.Length)..];
        return inside is [.., var last] && last == quote ? inside[..^1] : inside;
    }

    private static string Undouble(ReadOnlySpan<byte> text, string doubled, string single) =>
        Encoding.UTF8.GetString(text).Replace(doubled, single, StringComparison.Ordinal);

    // PostgreSQL manual 4.1.2.2: \b \f \n \r \t, \o \oo \ooo, \xh \xhh, \uXXXX, \UXXXXXXXX, and \anything for itself.
    private static string DecodeEscapes(ReadOnlySpan<byte> text)
    {
        if (!text.ContainsAny((byte)'\\', (byte)'\''))
            return Encoding.UTF8.GetString(text);

        var bytes = new List<byte>(text.Length);
        Span<byte> utf8 = stackalloc byte[4];
        for (var position = 0; position < text.Length; position++)
        {
            var value = text[position];
            if (value is not (byte)'\\' || position + 1 == text.Length)
            {
                bytes.Add(value);
                if (value == '\'' && position + 1 < text.Length && text[position + 1] == '\'')
                    position++;
                continue;
            }

            var escape = text[++position];
            var digits = text[(position + 1)..];
            switch (escape)
            {
                case (byte)'b': bytes.Add((byte)'\b'); break;
                case (byte)'f': bytes.Add((byte)'\f'); break;
                case (byte)'n': bytes.Add((byte)'\n'); break;
                case (byte)'r': bytes.Add((byte)'\r'); break;
                case (byte)'t': bytes.Add((byte)'\t'); break;
                case >= (byte)'0' and <= (byte)'7':
                    bytes.Add((byte)Digits(text[position..], 3, 8, out var octal));
                    position += octal - 1;
                    break;
                case (byte)'x' when Digits(digits, 2, 16, out var hex) is var number && hex > 0:
                    bytes.Add((byte)number);
                    position += hex;
                    break;
                case (byte)'u' or (byte)'U':
                    var code = Digits(digits, escape == 'u' ? 4 : 8, 16, out var length);
                    position += length;
                    var rune = Rune.IsValid(code) ? new Rune(code) : Rune.ReplacementChar;
                    bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
                    break;
                default: bytes.Add(escape); break;
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static int Digits(ReadOnlySpan<byte> text, int maximum, int radix, out int length)
    {
        var number = 0;
        for (length = 0; length < Math.Min(maximum, text.Length); length++)
        {
            var digit = SqlCharacters.IsHexDigit(text[length]) ? char.IsAsciiDigit((char)text[length])
                ? text[length] - '0'
                : (text[length] | 0x20) - 'a' + 10 : radix;
            if (digit >= radix)
                break;
            number = unchecked((number * radix) + digit);
        }

        return number;
    }

    // U&'…': \XXXX and \+XXXXXX with the default escape character; a UESCAPE clause is another token and is not looked at.
    private static string DecodeUnicodeEscapes(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;

        var decoded = new StringBuilder(text.Length);
        for (var position = 0; position < text.Length; position++)
        {
            var rest = text.AsSpan(position + 1);
            var (prefix, length) = rest is ['+', ..] ? (1, 6) : (0, 4);
            if (text[position] != '\\')
            {
                decoded.Append(text[position]);
            }
            else if (rest is ['\\', ..])
            {
                decoded.Append('\\');
                position++;
            }
            else if (rest.Length >= prefix + length && int.TryParse(
                rest.Slice(prefix, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                // Pairs of surrogates may be written as two escapes, so a surrogate stands for itself here.
                decoded.Append(code <= char.MaxValue ? ((char)code).ToString()
                    : Rune.IsValid(code) ? new Rune(code).ToString() : "\uFFFD");
                position += prefix + length;
            }
            else
            {
                decoded.Append('\\');
            }
        }

        return decoded.ToString();
    }
}
