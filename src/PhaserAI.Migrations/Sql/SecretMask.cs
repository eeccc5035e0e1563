using System.Text;

namespace PhaserAI.Migrations.Sql;

/// <summary>
/// Replaces passwords in SQL text: the literal after the word PASSWORD (roles, user mappings) and the connection string
/// of a subscription.
/// </summary>
internal static class SecretMask
{
    private const string Mask = "'***'";

    /// <summary>The text without secrets; the same string when there is none.</summary>
    public static string Apply(string sql, out bool hasSecret)
    {
        hasSecret = false;
        if (!sql.Contains("password", StringComparison.OrdinalIgnoreCase) && !sql.Contains("connection", StringComparison.OrdinalIgnoreCase))
            return sql;

        var bytes = Encoding.UTF8.GetBytes(sql);
        var masked = new StringBuilder(sql.Length);
        var copied = 0;
        var afterSecretWord = false;
        var lexer = new SqlLexer(bytes, 0, bytes.Length, standardConformingStrings: true);
        while (lexer.TryRead(out var token))
        {
            if (token.IsTrivia)
                continue;
            if (afterSecretWord && token.Kind is (SqlTokenKind.String or SqlTokenKind.DollarString))
            {
                masked.Append(Encoding.UTF8.GetString(bytes, copied, token.Start - copied)).Append(Mask);
                copied = token.End;
                hasSecret = true;
            }

            // "=" as in conninfo-like options: PASSWORD = 'x'.
            afterSecretWord = IsSecretWord(bytes, token) || (afterSecretWord && token.Kind is SqlTokenKind.Operator);
        }

        return hasSecret ? masked.Append(Encoding.UTF8.GetString(bytes, copied, bytes.Length - copied)).ToString() : sql;
    }

    private static bool IsSecretWord(ReadOnlySpan<byte> text, SqlToken token)
    {
        if (token.Kind is not SqlTokenKind.Word)
            return false;
        var word = text.Slice(token.Start, token.Length);
        return Ascii.EqualsIgnoreCase(word, "password"u8) || Ascii.EqualsIgnoreCase(word, "connection"u8);
    }
}
