using System.Security.Cryptography;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>The two checksums of a script: 64 lower-case hexadecimal digits of SHA-256 each.</summary>
internal static class Checksum
{
    /// <summary>Of the text without byte order mark and with CRLF read as LF, so that a checkout on Windows changes nothing.</summary>
    public static string OfText(ReadOnlySpan<byte> text)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (!text.IsEmpty)
        {
            var end = text.IndexOf("\r\n"u8);
            hash.AppendData(end < 0 ? text : text[..end]);
            if (end < 0)
                break;
            text = text[(end + 1)..];
        }

        return Finish(hash);
    }

    /// <summary>Of the tokens without comments and white space: the same after an edit that PostgreSQL can't see.</summary>
    public static string OfTokens(ReadOnlySpan<byte> text, ReadOnlySpan<SqlStatement> statements)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var statement in statements)
        {
            AppendTokens(hash, text, statement);
            hash.AppendData(";"u8);
            hash.AppendData(text.Slice(statement.DataStart, statement.DataLength));
        }

        return Finish(hash);
    }

    /// <summary>Of some statements, for a checkpoint: whether a finished step is still the step in the file.</summary>
    public static string OfStep(ReadOnlySpan<byte> text, IEnumerable<SqlStatement> statements) => OfTokens(text, [.. statements]);

    private static void AppendTokens(IncrementalHash hash, ReadOnlySpan<byte> text, SqlStatement statement)
    {
        var lexer = new SqlLexer(text, statement.Start, statement.End, standardConformingStrings: true);
        while (lexer.TryRead(out var token))
        {
            if (token.IsTrivia)
                continue;
            hash.AppendData(text.Slice(token.Start, token.Length));
            hash.AppendData("\n"u8);
        }
    }

    private static string Finish(IncrementalHash hash)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest);
    }
}
