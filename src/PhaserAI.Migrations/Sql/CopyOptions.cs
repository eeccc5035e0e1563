namespace PhaserAI.Migrations.Sql;

/// <summary>What a COPY … FROM STDIN says about its data.</summary>
/// <param name="Table">The table's name without its schema.</param>
/// <param name="Format">In lower case: <c>text</c>, <c>csv</c>, <c>binary</c>.</param>
/// <param name="Encoding">The encoding it gives the data; null when it names none.</param>
/// <param name="Quote">What encloses a value in CSV.</param>
internal sealed record CopyOptions(string Table, string Format, string? Encoding, byte Quote)
{
    public bool IsCsv => Format == "csv";

    // gram.y CopyStmt: COPY [BINARY] name [(columns)] FROM STDIN [[USING] DELIMITERS 'x'] [WITH] options [WHERE …], where the
    // options are (FORMAT csv, …) or those of 7.3 to 8.4, which are words: BINARY, CSV, ENCODING 'x'.
    public static CopyOptions Read(ReadOnlySpan<byte> text, SqlStatement statement)
    {
        var reader = new TokenReader(text, statement.Start, statement.End);
        reader.Read();
        var format = reader.TryReadWord("binary"u8) ? "binary" : "text";
        reader.TryReadQualifiedName(out var table);
        string? encoding = null;
        var quote = (byte)'"';
        var afterFrom = false;
        while (reader.Read() && !(afterFrom && reader.IsWord("where"u8)))
        {
            if (reader.IsWord("from"u8))
                afterFrom = true;
            else if (!afterFrom)
                continue;
            else if (IsName(reader, "format"u8))
                format = ReadValue(ref reader) ?? format;
            else if (IsName(reader, "encoding"u8))
                encoding = ReadValue(ref reader);
            else if (IsName(reader, "quote"u8))
                quote = ReadQuote(ref reader) ?? quote;
            else if (reader.IsWord("csv"u8) || reader.IsWord("binary"u8))
                format = SqlLiteral.IdentifierName(reader.CurrentText);
        }

        return new CopyOptions(table, format, encoding, quote);
    }

    private static bool IsName(in TokenReader reader, ReadOnlySpan<byte> lowerCaseName) => reader.IsWord(lowerCaseName)
        || (reader.Current.Kind is SqlTokenKind.QuotedIdentifier && reader.CurrentText.Trim((byte)'"').SequenceEqual(lowerCaseName));

    // 8.4 and before: QUOTE AS '"'.
    private static byte? ReadQuote(ref TokenReader reader)
    {
        reader.TryReadWord("as"u8);
        return ReadValue(ref reader) is [var quote] && char.IsAscii(quote) ? (byte)quote : null;
    }

    private static string? ReadValue(ref TokenReader reader) =>
        reader.TryReadString(out var value) || reader.TryReadIdentifier(out value) ? value : null;
}
