namespace PhaserAI.Migrations.Sql;

/// <summary>A token of SQL text. <paramref name="Start"/> and <paramref name="Length"/> count bytes of UTF-8.</summary>
/// <param name="Kind">What the token is.</param>
/// <param name="Start">Offset of its first byte in the text given to the lexer.</param>
/// <param name="Length">Its length in bytes, at least 1.</param>
/// <param name="Terminated">False for a string, quoted identifier or comment that the end of the text cut off.</param>
internal readonly record struct SqlToken(SqlTokenKind Kind, int Start, int Length, bool Terminated = true)
{
    public int End => Start + Length;

    /// <summary>White space and comments: what PostgreSQL's grammar never sees.</summary>
    public bool IsTrivia => Kind is SqlTokenKind.WhiteSpace or SqlTokenKind.LineComment or SqlTokenKind.BlockComment;
}
