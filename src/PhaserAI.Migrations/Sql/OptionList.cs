using System.Text;

namespace PhaserAI.Migrations.Sql;

/// <summary>A parenthesised list of options: <c>(VERBOSE, CONCURRENTLY false)</c>, <c>(connect = false)</c>.</summary>
internal static class OptionList
{
    /// <summary>
    /// Reads the list, if one begins here, and finds the last value of an option in it (null: it is not there).
    /// False, and the reader stays where it is, if no list begins here.
    /// </summary>
    public static bool TryRead(ref TokenReader reader, ReadOnlySpan<byte> lowerCaseName, out bool? value)
    {
        value = null;
        if (!reader.TryReadCharacter('('))
            return false;

        var depth = 1;
        var named = true; // the next token is an option's name
        while (depth > 0 && reader.Read())
        {
            if (reader.Current.Kind == SqlTokenKind.OpenParenthesis)
                depth++;
            else if (reader.Current.Kind == SqlTokenKind.CloseParenthesis)
                depth--;
            else if (depth == 1 && named && !lowerCaseName.IsEmpty && IsName(reader, lowerCaseName))
                value = ReadBoolean(reader);
            named = depth == 1 && reader.IsCharacter(',');
        }

        return true;
    }

    private static bool IsName(TokenReader reader, ReadOnlySpan<byte> lowerCaseName) =>
        reader.IsWord(lowerCaseName) || (reader.Current.Kind == SqlTokenKind.QuotedIdentifier
            && reader.CurrentText.Trim((byte)'"').SequenceEqual(lowerCaseName));

    // defGetBoolean: no value is true; 0 and 1, true and false, on and off, in any case, quoted or not.
    private static bool ReadBoolean(TokenReader reader)
    {
        reader.TryReadCharacter('=');
        if (!reader.Read() || reader.IsCharacter(',') || reader.IsCharacter(')'))
            return true;
        var value = reader.CurrentText.Trim("'\""u8);
        return !(Ascii.EqualsIgnoreCase(value, "false"u8) || Ascii.EqualsIgnoreCase(value, "off"u8)
            || value.SequenceEqual("0"u8));
    }
}
