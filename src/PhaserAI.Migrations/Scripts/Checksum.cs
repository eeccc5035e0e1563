using System.Text;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>
/// The two checksums of a script: 64 lower-case hexadecimal digits of SHA-256 each. CRLF counts as LF, so that a checkout
/// on Windows changes nothing.
/// </summary>
internal static class Checksum
{
    /// <summary>Of a script's text without byte order mark.</summary>
    public static string OfText(SourceText text)
    {
        if (text.Checksum is { } known)
            return known;
        using var digest = new Digest();
        digest.Append(text.Bytes);
        return digest.Finish();
    }

    /// <summary>The same, and of the files that it includes.</summary>
    public static string OfText(SourceText text, IReadOnlyList<SourceText> included)
    {
        if (included.Count == 0)
            return OfText(text);
        using var digest = new Digest();
        foreach (var part in included.Prepend(text))
            digest.Append(Encoding.ASCII.GetBytes(OfText(part)));
        return digest.Finish();
    }

    /// <summary>
    /// Of the tokens without comments and white space: the same after an edit that PostgreSQL can't see, a DOWN that is
    /// commented out among them. A marker that moves a statement from one section to another does count.
    /// </summary>
    public static string OfTokens(ScriptSection up, ScriptSection? down)
    {
        using var digest = new Digest();
        AppendTokens(digest, up.Text, up.Statements);
        AppendTokens(digest, down is null ? up.Text : down.Text, down is { IsCommentedOut: false } ? down.Statements : []);
        return digest.Finish();
    }

    /// <summary>The same of some statements of a text.</summary>
    public static string OfTokens(SourceText text, StatementList statements)
    {
        using var digest = new Digest();
        AppendTokens(digest, text, statements);
        return digest.Finish();
    }

    private static void AppendTokens(Digest digest, SourceText text, StatementList statements)
    {
        var setting = new StringSetting();
        foreach (var statement in statements)
        {
            AppendTokens(digest, text.Bytes, statement, setting.IsOn);
            setting.Follow(text.Bytes, statement);
            digest.Append(";"u8);
            if (statement.DataStart > 0)
                digest.Append(Encoding.ASCII.GetBytes(new CopyData(text, statement).Hash));
        }

        digest.Append("\n"u8);
    }

    private static void AppendTokens(Digest digest, ReadOnlySpan<byte> text, SqlStatement statement, bool standardConformingStrings)
    {
        var lexer = new SqlLexer(text, statement.Start, statement.End, standardConformingStrings);
        while (lexer.TryRead(out var token))
        {
            if (token.IsTrivia)
                continue;
            digest.Append(text.Slice(token.Start, token.Length));
            digest.Append("\n"u8);
        }
    }
}
