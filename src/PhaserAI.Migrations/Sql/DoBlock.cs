using System.Text;

namespace PhaserAI.Migrations.Sql;

/// <summary>The body of DO, which may end transactions of its own; then it can't run inside one (2D000, measured).</summary>
internal static class DoBlock
{
    /// <summary>Whether the DO statement that <paramref name="reader"/> stands on has a COMMIT or ROLLBACK in its body.</summary>
    public static bool EndsTransactions(ref TokenReader reader)
    {
        var body = "";
        var language = "plpgsql";
        while (true)
        {
            if (reader.TryReadWord("language"u8))
            {
                if (!reader.TryReadIdentifier(out language) && !reader.TryReadString(out language))
                    return false;
            }
            else if (reader.TryReadString(out var text))
            {
                body = text;
            }
            else
            {
                break;
            }
        }

        // Other languages call a function for it (plpy.commit(), spi_commit()), and their syntax is not ours to read.
        if (!string.Equals(language, "plpgsql", StringComparison.OrdinalIgnoreCase))
            return Mentions(body, "commit") || Mentions(body, "rollback");
        return (Mentions(body, "commit") || Mentions(body, "rollback")) && HasStatement(Encoding.UTF8.GetBytes(body));
    }

    private static bool Mentions(string body, string word) => body.Contains(word, StringComparison.OrdinalIgnoreCase);

    // pl_gram.y stmt_commit, stmt_rollback: the word, perhaps AND [NO] CHAIN, and a semicolon, where a statement can begin.
    private static bool HasStatement(ReadOnlySpan<byte> body)
    {
        var reader = new TokenReader(body, 0, body.Length);
        var begins = true;
        while (reader.Read())
        {
            if (begins && (reader.IsWord("commit"u8) || reader.IsWord("rollback"u8)))
            {
                var next = reader;
                if (next.TryReadCharacter(';') || next.TryReadWord("and"u8))
                    return true;
            }

            begins = reader.Current.Kind == SqlTokenKind.Semicolon || IsLabelEnd(reader)
                || reader.IsWord("begin"u8) || reader.IsWord("then"u8) || reader.IsWord("else"u8) || reader.IsWord("loop"u8);
        }

        return false;
    }

    private static bool IsLabelEnd(TokenReader reader) => reader.CurrentText.SequenceEqual(">>"u8);
}
