using System.Text;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Tests.Sql;

/// <summary>Texts of tokens, for tests.</summary>
internal static class Lexed
{
    /// <summary>All tokens of a text, as <c>Kind text</c>; one that the end cut off has an exclamation mark after its kind.</summary>
    public static IReadOnlyList<string> All(string text, bool standardConformingStrings = true)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var tokens = new List<string>();
        var lexer = new SqlLexer(bytes, 0, bytes.Length, standardConformingStrings);
        while (lexer.TryRead(out var token))
            tokens.Add($"{token.Kind}{(token.Terminated ? "" : "!")} {Encoding.UTF8.GetString(bytes, token.Start, token.Length)}");
        return tokens;
    }

    /// <summary>The tokens that are not white space, joined by a bar.</summary>
    public static string Line(string text, bool standardConformingStrings = true) =>
        string.Join(" | ", All(text, standardConformingStrings).Where(static token => !token.StartsWith("WhiteSpace", StringComparison.Ordinal)));
}
