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
        if (!MayHaveSecret(sql))
            return sql;

        var bytes = Encoding.UTF8.GetBytes(sql);
        var masked = new StringBuilder(sql.Length);
        var copied = 0;
        foreach (var secret in Find(bytes))
        {
            masked.Append(Encoding.UTF8.GetString(bytes, copied, secret.Start - copied)).Append(Mask);
            copied = secret.End;
            hasSecret = true;
        }

        return hasSecret ? masked.Append(Encoding.UTF8.GetString(bytes, copied, bytes.Length - copied)).ToString() : sql;
    }

    /// <summary>The text with a star for each character of a secret: for excerpts, where columns must stay what they are.</summary>
    public static string Blank(string sql)
    {
        if (!MayHaveSecret(sql))
            return sql;

        var bytes = Encoding.UTF8.GetBytes(sql);
        var blanked = new StringBuilder(sql.Length);
        var copied = 0;
        foreach (var secret in Find(bytes))
        {
            blanked.Append(Encoding.UTF8.GetString(bytes, copied, secret.Start - copied));
            foreach (var rune in Encoding.UTF8.GetString(bytes, secret.Start, secret.Length).EnumerateRunes())
                blanked.Append(rune.Value == '\n' ? '\n' : '*');
            copied = secret.End;
        }

        return blanked.Append(Encoding.UTF8.GetString(bytes, copied, bytes.Length - copied)).ToString();
    }

    private static bool MayHaveSecret(string sql) =>
        sql.Contains("password", StringComparison.OrdinalIgnoreCase) || sql.Contains("connection", StringComparison.OrdinalIgnoreCase);

    private static List<SqlToken> Find(byte[] bytes)
    {
        var secrets = new List<SqlToken>();
        var afterSecretWord = false;
        var lexer = new SqlLexer(bytes, 0, bytes.Length, standardConformingStrings: true);
        while (lexer.TryRead(out var token))
        {
            if (token.IsTrivia)
                continue;
            if (afterSecretWord && token.Kind is (SqlTokenKind.String or SqlTokenKind.DollarString))
                secrets.Add(token);

            // "=" as in conninfo-like options: PASSWORD = 'x'.
            afterSecretWord = IsSecretWord(bytes, token) || (afterSecretWord && token.Kind is SqlTokenKind.Operator);
        }

        return secrets;
    }

    private static bool IsSecretWord(ReadOnlySpan<byte> text, SqlToken token)
    {
        if (token.Kind is not SqlTokenKind.Word)
            return false;
        var word = text.Slice(token.Start, token.Length);
        return Ascii.EqualsIgnoreCase(word, "password"u8) || Ascii.EqualsIgnoreCase(word, "connection"u8);
    }
}
