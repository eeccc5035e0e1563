using System.Buffers;
using System.Security.Cryptography;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>
/// The two checksums of a script: 64 lower-case hexadecimal digits of SHA-256 each. CRLF counts as LF, so that a checkout
/// on Windows changes nothing.
/// </summary>
internal static class Checksum
{
    /// <summary>Of a script's text without byte order mark, and of the files that it includes.</summary>
    public static string OfText(SourceText text, params IEnumerable<SourceText> included)
    {
        using var digest = new Digest();
        digest.Append(text.Bytes);
        foreach (var file in included)
        {
            digest.Append("\0"u8);
            digest.Append(file.Bytes);
        }

        return digest.Finish();
    }

    /// <summary>
    /// Of the tokens without comments and white space: the same after an edit that PostgreSQL can't see, a DOWN that is
    /// commented out among them. A marker that moves a statement from one section to another does count.
    /// </summary>
    public static string OfTokens(ScriptSection up, ScriptSection? down)
    {
        using var digest = new Digest();
        AppendTokens(digest, up.Text.Bytes, up.Statements);
        AppendTokens(digest, down is null ? [] : down.Text.Bytes, down is { IsCommentedOut: false } ? down.Statements : []);
        return digest.Finish();
    }

    /// <summary>The same of some statements of a text.</summary>
    public static string OfTokens(SourceText text, StatementList statements)
    {
        using var digest = new Digest();
        AppendTokens(digest, text.Bytes, statements);
        return digest.Finish();
    }

    private static void AppendTokens(Digest digest, ReadOnlySpan<byte> text, StatementList statements)
    {
        var setting = new StringSetting();
        foreach (var statement in statements)
        {
            AppendTokens(digest, text, statement, setting.IsOn);
            setting.Follow(text, statement);
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

        digest.Append(";"u8);
        digest.Append(text.Slice(statement.DataStart, statement.DataLength));
    }

    /// <summary>SHA-256 of many small pieces, which it collects: hashing each alone takes several times as long.</summary>
    private sealed class Digest : IDisposable
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
        private int _used;

        public void Append(ReadOnlySpan<byte> bytes)
        {
            while (bytes.IndexOf("\r\n"u8) is var end and >= 0)
            {
                Collect(bytes[..end]);
                bytes = bytes[(end + 1)..];
            }

            Collect(bytes);
        }

        public string Finish()
        {
            _hash.AppendData(_buffer, 0, _used);
            return Convert.ToHexStringLower(_hash.GetHashAndReset());
        }

        public void Dispose()
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _hash.Dispose();
        }

        private void Collect(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length > _buffer.Length - _used)
            {
                _hash.AppendData(_buffer, 0, _used);
                _used = 0;
            }

            if (bytes.Length > _buffer.Length)
            {
                _hash.AppendData(bytes);
            }
            else
            {
                bytes.CopyTo(_buffer.AsSpan(_used));
                _used += bytes.Length;
            }
        }
    }
}
