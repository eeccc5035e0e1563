using static PhaserAI.Migrations.Sql.SqlCharacters;

namespace PhaserAI.Migrations.Sql;

/// <summary>
/// Cuts SQL text into tokens by the rules of PostgreSQL's scan.l and psql's psqlscan.l. Lossless (the tokens in a row are the
/// text) and total (any bytes at all give tokens, never an exception).
/// </summary>
internal ref struct SqlLexer
{
    private readonly ReadOnlySpan<byte> _text;
    private int _position;

    // A string is continued by a quote after white space with a newline, and then keeps its escape rules (scan.l
    // <xqs>{quotecontinue}): these three remember the last prefixed string and the trivia read since.
    private int _continuableUntil = -1;
    private bool _continuableOnNewLine;
    private bool _continuedWithEscapes;

    /// <param name="text">The text; offsets in tokens count from its beginning.</param>
    /// <param name="start">Where to begin: not inside a token.</param>
    /// <param name="end">Where to stop, as if the text ended there.</param>
    /// <param name="standardConformingStrings">See <see cref="StandardConformingStrings"/>.</param>
    public SqlLexer(ReadOnlySpan<byte> text, int start, int end, bool standardConformingStrings)
    {
        _text = text[..end];
        _position = start;
        StandardConformingStrings = standardConformingStrings;
    }

    /// <summary>The server's setting of that name: while it is off, a backslash escapes inside '…' too.</summary>
    public bool StandardConformingStrings { get; set; }

    /// <summary>Goes on from <paramref name="position"/>, which must not be inside a token.</summary>
    public void MoveTo(int position)
    {
        _position = position;
        _continuableUntil = -1;
    }

    public bool TryRead(out SqlToken token)
    {
        var start = _position;
        if ((uint)start >= (uint)_text.Length)
        {
            token = default;
            return false;
        }

        var first = _text[start];
        if (IsPlainIdentifierStart(first))
            token = Word(start);
        else if (IsSpace(first))
            token = WhiteSpace(start);
        else
            token = Other(first, start);
        _position = token.End;
        return true;
    }

    /// <summary>
    /// Reads the data lines of COPY … FROM STDIN, up to and with the line that is exactly <c>\.</c>; the position must be at
    /// the beginning of a line. Not terminated: there is no such line.
    /// </summary>
    public SqlToken ReadCopyData()
    {
        var start = _position;
        var terminated = CopyDataLines.TryFindEnd(_text, start, out var end);
        MoveTo(end);
        return new SqlToken(SqlTokenKind.CopyData, start, end - start, terminated);
    }

    private SqlToken Other(byte first, int start)
    {
        switch (first)
        {
            case (byte)'e' or (byte)'E' or (byte)'n' or (byte)'N' or (byte)'b' or (byte)'B' or (byte)'x' or (byte)'X'
                or (byte)'u' or (byte)'U':
                return PrefixedOrWord(first, start);
            case (byte)'(':
                return new SqlToken(SqlTokenKind.OpenParenthesis, start, 1);
            case (byte)')':
                return new SqlToken(SqlTokenKind.CloseParenthesis, start, 1);
            case (byte)',' or (byte)'[' or (byte)']':
                return new SqlToken(SqlTokenKind.Punctuation, start, 1);
            case (byte)';':
                return new SqlToken(SqlTokenKind.Semicolon, start, 1);
            case (byte)'\'':
                return PlainString(start);
            case (byte)'"':
                return QuotedIdentifier(start, start + 1);
            case >= (byte)'0' and <= (byte)'9':
                return Number(start, SqlNumber.End(_text, start));
            case (byte)'.':
                return Dot(start);
            case (byte)':':
                return Colon(start);
            case (byte)'$':
                return Dollar(start);
            case (byte)'\\':
                return MetaCommand(start);
            case (byte)'-' when At(start + 1) == '-':
                return LineComment(start);
            case (byte)'/' when At(start + 1) == '*':
                return BlockComment(start);
            default:
                return IsOperator(first)
                    ? new SqlToken(SqlTokenKind.Operator, start, SqlOperator.End(_text, start) - start)
                    : new SqlToken(SqlTokenKind.Unknown, start, 1);
        }
    }

    private readonly int At(int position) => (uint)position < (uint)_text.Length ? _text[position] : -1;

    private SqlToken WhiteSpace(int start)
    {
        var text = _text;
        var end = start + 1;
        while ((uint)end < (uint)text.Length && IsSpace(text[end]))
            end++;
        if (_continuableUntil == start)
        {
            _continuableUntil = end;
            _continuableOnNewLine |= text[start..end].ContainsAny((byte)'\n', (byte)'\r');
        }

        return new SqlToken(SqlTokenKind.WhiteSpace, start, end - start);
    }

    private SqlToken LineComment(int start)
    {
        var length = _text[start..].IndexOfAny((byte)'\n', (byte)'\r');
        var end = length < 0 ? _text.Length : start + length;
        if (_continuableUntil == start)
            _continuableUntil = end;
        return new SqlToken(SqlTokenKind.LineComment, start, end - start);
    }

    private readonly SqlToken BlockComment(int start)
    {
        var depth = 1;
        var end = start + 2;
        while (true)
        {
            var length = _text[end..].IndexOfAny((byte)'*', (byte)'/');
            if (length < 0)
                return new SqlToken(SqlTokenKind.BlockComment, start, _text.Length - start, Terminated: false);

            end += length;
            if (_text[end] == '*' && At(end + 1) == '/')
            {
                end += 2;
                if (--depth == 0)
                    return new SqlToken(SqlTokenKind.BlockComment, start, end - start);
            }
            else if (_text[end] == '/' && At(end + 1) == '*')
            {
                end += 2;
                depth++;
            }
            else
            {
                end++;
            }
        }
    }

    private readonly SqlToken Word(int start) => new(SqlTokenKind.Word, start, WordEnd(start) - start);

    private readonly int WordEnd(int start)
    {
        var text = _text;
        var end = start + 1;
        while ((uint)end < (uint)text.Length && IsIdentifierPart(text[end]))
            end++;
        return end;
    }

    // E'…' has backslash escapes, B'…', X'…' and U&'…' never; N'…' is as '…' (scan.l throws its quote back).
    private SqlToken PrefixedOrWord(byte first, int start)
    {
        var next = At(start + 1);
        var prefix = first | 0x20;
        if (prefix == 'u')
        {
            if (next != '&')
                return Word(start);
            return At(start + 2) switch
            {
                '\'' => PrefixedString(start, start + 3, escapes: false),
                '"' => QuotedIdentifier(start, start + 3),
                _ => Word(start),
            };
        }

        if (next != '\'')
            return Word(start);
        return PrefixedString(start, start + 2, prefix == 'e' || (prefix == 'n' && !StandardConformingStrings));
    }

    private SqlToken PrefixedString(int start, int body, bool escapes)
    {
        var token = String(start, body, escapes);
        _continuableUntil = token.End;
        _continuableOnNewLine = false;
        _continuedWithEscapes = escapes;
        return token;
    }

    private SqlToken PlainString(int start)
    {
        return _continuableUntil == start && _continuableOnNewLine
            ? PrefixedString(start, start + 1, _continuedWithEscapes)
            : String(start, start + 1, !StandardConformingStrings);
    }

    private readonly SqlToken String(int start, int body, bool escapes) =>
        escapes ? EscapeString(start, body) : Quoted(SqlTokenKind.String, start, body, (byte)'\'');

    private readonly SqlToken QuotedIdentifier(int start, int body) =>
        Quoted(SqlTokenKind.QuotedIdentifier, start, body, (byte)'"');

    private readonly SqlToken Quoted(SqlTokenKind kind, int start, int body, byte quote)
    {
        var end = body;
        while (true)
        {
            var length = _text[end..].IndexOf(quote);
            if (length < 0)
                return new SqlToken(kind, start, _text.Length - start, Terminated: false);
            end += length + 1;
            if (At(end) != quote)
                return new SqlToken(kind, start, end - start);
            end++;
        }
    }

    private readonly SqlToken EscapeString(int start, int body)
    {
        var end = body;
        while (true)
        {
            var length = _text[end..].IndexOfAny((byte)'\'', (byte)'\\');
            if (length < 0)
                break;
            end += length + 1;
            if (_text[end - 1] == '\'' && At(end) != '\'')
                return new SqlToken(SqlTokenKind.String, start, end - start);
            if (++end >= _text.Length)
                break;
        }

        return new SqlToken(SqlTokenKind.String, start, _text.Length - start, Terminated: false);
    }

    private readonly SqlToken Dollar(int start)
    {
        var tag = start + 1;
        if (At(tag) is >= '0' and <= '9')
            return new SqlToken(SqlTokenKind.Parameter, start, SqlNumber.IntegerEnd(_text, tag) - start);

        if (tag < _text.Length && IsIdentifierStart(_text[tag]))
        {
            while (tag < _text.Length && IsTagPart(_text[tag]))
                tag++;
        }

        if (At(tag) != '$')
            return new SqlToken(SqlTokenKind.Unknown, start, 1);

        var body = tag + 1;
        var length = _text[body..].IndexOf(_text[start..body]);
        return length < 0
            ? new SqlToken(SqlTokenKind.DollarString, start, _text.Length - start, Terminated: false)
            : new SqlToken(SqlTokenKind.DollarString, start, body + length + body - start - start);
    }

    private readonly SqlToken Dot(int start) => At(start + 1) switch
    {
        '.' => new SqlToken(SqlTokenKind.Operator, start, 2),
        >= '0' and <= '9' => Number(start, SqlNumber.FractionEnd(_text, start)),
        _ => new SqlToken(SqlTokenKind.Punctuation, start, 1),
    };

    private static SqlToken Number(int start, int end) => new(SqlTokenKind.Number, start, end - start);

    private readonly SqlToken Colon(int start) => At(start + 1) is ':' or '='
        ? new SqlToken(SqlTokenKind.Operator, start, 2)
        : new SqlToken(SqlTokenKind.Punctuation, start, 1);

    private readonly SqlToken MetaCommand(int start)
    {
        var length = _text[start..].IndexOf((byte)'\n');
        var end = length < 0 ? _text.Length : start + length;
        if (_text[end - 1] == '\r')
            end--;
        return new SqlToken(SqlTokenKind.MetaCommand, start, end - start);
    }
}
