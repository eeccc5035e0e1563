using System.Text;

namespace PhaserAI.Migrations.Sql;

/// <summary>
/// Replaces passwords in SQL text: the literal after the word PASSWORD (roles, user mappings) and the connection string
/// of a subscription, wherever in the text that is.
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
        Find(bytes, 0, bytes.Length, secrets);
        return secrets;
    }

    /// <summary>Looks also where SQL stands inside a token: in bodies, in comments, and in strings for EXECUTE.</summary>
    private static void Find(byte[] bytes, int start, int end, List<SqlToken> secrets)
    {
        var afterSecretWord = false;
        var afterCommand = false;
        var lexer = new SqlLexer(bytes, start, end, standardConformingStrings: true);
        while (lexer.TryRead(out var token))
        {
            if (token.Kind is SqlTokenKind.LineComment or SqlTokenKind.BlockComment)
                Find(bytes, token.Start + 2, token.End, secrets);
            if (token.IsTrivia)
                continue;
            var isLiteral = token.Kind is SqlTokenKind.String or SqlTokenKind.DollarString;
            if (isLiteral && (afterSecretWord || afterCommand))
                secrets.Add(token);
            else if (token.Kind is SqlTokenKind.DollarString)
                Find(bytes, token.Start + TagLength(bytes, token), token.End, secrets);
            else if (isLiteral && SqlLiteral.StringValue(bytes.AsSpan(token.Start, token.Length), standardConformingStrings: true) is var value && MayHaveSecret(value))
                afterCommand = FindInString(token, value, secrets);

            // "=" as in conninfo-like options: PASSWORD = 'x'. A literal may go on in another one on the next line.
            afterSecretWord = IsSecretWord(bytes, token) || (afterSecretWord && (isLiteral || token.Kind is SqlTokenKind.Operator));
            afterCommand &= token.Kind is not SqlTokenKind.Semicolon;
        }
    }

    /// <summary>
    /// A string that holds a secret is one as a whole; whether it is a command for a role to which the statement adds the
    /// secret: <c>format('ALTER ROLE %I PASSWORD %L', …)</c>.
    /// </summary>
    private static bool FindInString(SqlToken token, string value, List<SqlToken> secrets)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        if (Find(bytes).Count > 0 || HasConnectionString(value))
        {
            secrets.Add(token);
            return false;
        }

        var reader = new TokenReader(bytes, 0, bytes.Length);
        return reader.TryReadWord("create"u8) || reader.TryReadWord("alter"u8);
    }

    // dblink and the like: 'host=db password=secret'.
    private static bool HasConnectionString(string value) =>
        value.IndexOf("password", StringComparison.OrdinalIgnoreCase) is var word and >= 0
        && value.AsSpan(word + "password".Length).TrimStart() is ['=', ..] rest && !rest[1..].IsWhiteSpace();

    private static int TagLength(byte[] bytes, SqlToken token) => bytes.AsSpan(token.Start + 1).IndexOf((byte)'$') + 2;

    private static bool IsSecretWord(ReadOnlySpan<byte> text, SqlToken token)
    {
        if (token.Kind is not SqlTokenKind.Word)
            return false;
        var word = text.Slice(token.Start, token.Length);
        return Ascii.EqualsIgnoreCase(word, "password"u8) || Ascii.EqualsIgnoreCase(word, "connection"u8);
    }
}
