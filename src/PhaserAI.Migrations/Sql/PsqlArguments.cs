using System.Globalization;
using System.Text;

namespace PhaserAI.Migrations.Sql;

/// <summary>The arguments of a command of psql, by the rules of psqlscanslash.l.</summary>
/// <param name="text">The text.</param>
/// <param name="start">Where the arguments begin: behind the command's name.</param>
/// <param name="variables">What <c>:name</c> means in an argument.</param>
internal ref struct PsqlArguments(ReadOnlySpan<byte> text, int start, PsqlVariables variables)
{
    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>Where the reading stands; behind the last argument the line's end, or the backslash of another command.</summary>
    public int Position { get; private set; } = start;

    /// <summary>What can't be done with the arguments; null when all is well.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether another command, or SQL behind <c>\\</c>, follows on the line.</summary>
    public readonly bool HasRest => Position < _text.Length;

    /// <summary>Reads the next argument; false when there is none.</summary>
    /// <param name="argument">Its value.</param>
    /// <param name="dropSemicolons">Whether semicolons at its end are no part of it, as for the name of a file.</param>
    public bool TryRead(out string argument, bool dropSemicolons = false)
    {
        while (Position < _text.Length && SqlCharacters.IsSpace(_text[Position]))
            Position++;
        argument = "";
        if (Position >= _text.Length || _text[Position] == '\\')
            return false;

        var value = new List<byte>();
        var unquoted = 0; // how many of the last bytes were not quoted in any way
        while (Position < _text.Length && !SqlCharacters.IsSpace(_text[Position]) && _text[Position] != '\\')
        {
            var first = _text[Position];
            if (first is (byte)'\'' or (byte)'"' or (byte)'`')
            {
                unquoted = 0;
                ReadQuoted(first, value);
            }
            else if (first == ':' && variables.TryReplace(_text, Position, out var reference, out var replacement))
            {
                unquoted = 0;
                value.AddRange(Encoding.UTF8.GetBytes(replacement));
                Position = reference.End;
            }
            else
            {
                unquoted++;
                value.Add(first);
                Position++;
            }
        }

        while (dropSemicolons && unquoted-- > 0 && value is [.., (byte)';'])
            value.RemoveAt(value.Count - 1);
        argument = Encoding.UTF8.GetString([.. value]);
        return true;
    }

    // Double quotes stay part of the argument; backquotes would run a program.
    private void ReadQuoted(byte quote, List<byte> value)
    {
        if (quote == '`')
            Problem = "what stands between backquotes would be run as a program";
        if (quote == '"')
            value.Add(quote);
        for (Position++; Position < _text.Length; Position++)
        {
            var next = _text[Position];
            if (next == quote && !(quote == '\'' && Position + 1 < _text.Length && _text[Position + 1] == quote))
            {
                if (quote == '"')
                    value.Add(quote);
                Position++;
                return;
            }

            if (quote == '\'' && next == quote)
                value.Add(_text[++Position]);
            else if (quote == '\'' && next == '\\' && Position + 1 < _text.Length)
                ReadEscape(value);
            else
                value.Add(next);
        }

        Problem ??= "the quote that begins in it never ends";
    }

    // xslashquote: \n \t \b \r \f, one to three octal digits, \x and one or two hexadecimal ones, else the character itself.
    private void ReadEscape(List<byte> value)
    {
        var escaped = _text[++Position];
        var isHexadecimal = escaped == 'x' && Position + 1 < _text.Length && SqlCharacters.IsHexDigit(_text[Position + 1]);
        if (isHexadecimal || escaped is >= (byte)'0' and <= (byte)'7')
        {
            var (first, most) = isHexadecimal ? (Position + 1, 2) : (Position, 3);
            var length = 1;
            while (length < most && first + length < _text.Length && IsDigit(_text[first + length], isHexadecimal))
                length++;
            Position = first + length - 1;
            var digits = Encoding.ASCII.GetString(_text.Slice(first, length));
            value.Add((byte)(isHexadecimal ? int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : Convert.ToInt32(digits, 8)));
            return;
        }

        value.Add(escaped switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'r' => (byte)'\r',
            (byte)'f' => (byte)'\f',
            _ => escaped,
        });
    }

    private static bool IsDigit(byte value, bool isHexadecimal) =>
        isHexadecimal ? SqlCharacters.IsHexDigit(value) : value is >= (byte)'0' and <= (byte)'7';
}
