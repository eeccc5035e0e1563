using System.Text;

namespace PhaserAI.Migrations.Sql;

/// <summary>
/// Reads the tokens of a range of SQL text that mean something to PostgreSQL: white space and comments are passed over.
/// Copy it to look ahead.
/// </summary>
internal ref struct TokenReader(ReadOnlySpan<byte> text, int start, int end, bool standardConformingStrings = true)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private SqlLexer _lexer = new(text, start, end, standardConformingStrings);

    /// <summary>The token last read; before the first and after the last one, a token of length 0.</summary>
    public SqlToken Current { get; private set; }

    public readonly ReadOnlySpan<byte> CurrentText => _text.Slice(Current.Start, Current.Length);

    public bool Read()
    {
        while (_lexer.TryRead(out var token))
        {
            if (!token.IsTrivia)
            {
                Current = token;
                return true;
            }
        }

        Current = default;
        return false;
    }

    /// <summary>Whether the current token is this unquoted word, in any case of its letters.</summary>
    public readonly bool IsWord(ReadOnlySpan<byte> lowerCaseWord) =>
        Current.Kind == SqlTokenKind.Word && Current.Length == lowerCaseWord.Length
        && Ascii.EqualsIgnoreCase(CurrentText, lowerCaseWord);

    /// <summary>Whether the current token is this single character of punctuation or operator.</summary>
    public readonly bool IsCharacter(char character) => Current.Length == 1 && _text[Current.Start] == character;

    /// <summary>Reads the next token if it is this unquoted word; else stays where it is.</summary>
    public bool TryReadWord(ReadOnlySpan<byte> lowerCaseWord)
    {
        var ahead = this;
        if (!ahead.Read() || !ahead.IsWord(lowerCaseWord))
            return false;
        this = ahead;
        return true;
    }

    /// <summary>Reads the next token if it is this single character; else stays where it is.</summary>
    public bool TryReadCharacter(char character)
    {
        var ahead = this;
        if (!ahead.Read() || !ahead.IsCharacter(character))
            return false;
        this = ahead;
        return true;
    }

    /// <summary>Reads the next token if it is a word or a quoted identifier, and gives the name it means.</summary>
    public bool TryReadIdentifier(out string name)
    {
        var ahead = this;
        if (!ahead.Read() || ahead.Current.Kind is not (SqlTokenKind.Word or SqlTokenKind.QuotedIdentifier))
        {
            name = "";
            return false;
        }

        this = ahead;
        name = SqlLiteral.IdentifierName(CurrentText);
        return true;
    }

    /// <summary>Reads the next token if it is a string of any kind, with the strings that continue it, and gives its value.</summary>
    public bool TryReadString(out string value)
    {
        value = "";
        var ahead = this;
        if (!ahead.Read() || ahead.Current.Kind is not (SqlTokenKind.String or SqlTokenKind.DollarString))
            return false;

        // A continuation (a plain quote directly after a string) keeps the escape rules of the string it continues.
        var first = ahead.CurrentText;
        var prefix = ahead.Current.Kind == SqlTokenKind.String && first[0] != '\'' ? first[..first.IndexOf((byte)'\'')] : [];
        do
        {
            this = ahead;
            ReadOnlySpan<byte> token = CurrentText[0] == '\'' && !prefix.IsEmpty ? [.. prefix, .. CurrentText] : CurrentText;
            value += SqlLiteral.StringValue(token, _lexer.StandardConformingStrings);
        }
        while (Current.Kind == SqlTokenKind.String && ahead.Read()
            && ahead.Current.Kind == SqlTokenKind.String && ahead.CurrentText[0] == '\'');

        return true;
    }

    /// <summary>Reads <c>name</c> or <c>schema.name</c> or more; false, and stays where it is, if there is none.</summary>
    public bool TryReadQualifiedName(out string name)
    {
        if (!TryReadIdentifier(out name))
            return false;
        while (true)
        {
            var ahead = this;
            if (!ahead.TryReadCharacter('.') || !ahead.TryReadIdentifier(out var part))
                return true;
            name = part;
            this = ahead;
        }
    }
}
