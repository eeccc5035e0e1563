namespace PhaserAI.Migrations.Sql;

/// <summary>What a stretch of SQL text is, in the terms of PostgreSQL's scan.l.</summary>
internal enum SqlTokenKind : byte
{
    WhiteSpace,
    LineComment,
    BlockComment,

    /// <summary>A keyword or an unquoted identifier.</summary>
    Word,

    /// <summary>"…" or U&amp;"…".</summary>
    QuotedIdentifier,

    /// <summary>'…', N'…', E'…', U&amp;'…', B'…' or X'…', with its prefix; continuation lines are tokens of their own.</summary>
    String,

    /// <summary>$$…$$ or $tag$…$tag$.</summary>
    DollarString,

    Number,

    /// <summary>$1.</summary>
    Parameter,

    Operator,

    Semicolon,
    OpenParenthesis,
    CloseParenthesis,

    /// <summary>Any other single character: , . : [ ].</summary>
    Punctuation,

    /// <summary>A backslash outside strings and all that follows it up to the end of the line.</summary>
    MetaCommand,

    /// <summary>The lines after a COPY … FROM stdin, with the closing \. line.</summary>
    CopyData,

    /// <summary>A byte that begins no token.</summary>
    Unknown,
}
