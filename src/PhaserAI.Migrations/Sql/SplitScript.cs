using System.Collections.Immutable;

namespace PhaserAI.Migrations.Sql;

/// <summary>A script, or a part of one, cut into statements. All offsets are those of the whole text.</summary>
/// <param name="Statements">The statements in order; empty ones (<c>;;</c>) are left out.</param>
/// <param name="Problems">What keeps the text from being run as it stands, in order.</param>
/// <param name="LineComments">The <c>--</c> comments outside parentheses and BEGIN ATOMIC bodies, in order.</param>
internal sealed record SplitScript(
    StatementList Statements, ImmutableArray<SqlProblem> Problems, ImmutableArray<SqlToken> LineComments)
{
    /// <summary>Whether standard_conforming_strings was ever off.</summary>
    public bool ChangesStrings { get; init; }

    /// <summary>
    /// A part of the text as if it had been cut alone. It is cut again only where it may depend on what stands before it: a
    /// statement that goes on in it, another reading of strings, a problem that hides others.
    /// </summary>
    public SplitScript Part(ReadOnlySpan<byte> text, int start, int end)
    {
        var (first, last) = (Statements.CountBefore(start), Statements.CountBefore(end));
        if (!Problems.IsEmpty || ChangesStrings || (first > 0 && !EndsBefore(text, Statements[first - 1], start)) || (last > first && !EndsBefore(text, Statements[last - 1], end)))
            return StatementSplitter.Split(text, start, end);
        return new SplitScript(
            Statements.Slice(first, last - first),
            [],
            LineComments.RemoveAll(comment => comment.Start < start || comment.Start >= end));
    }

    /// <summary>Whether a statement ends, with its semicolon or at the end of the text, and its data too.</summary>
    private static bool EndsBefore(ReadOnlySpan<byte> text, SqlStatement statement, int end)
    {
        if (statement.End > end || statement.DataStart + statement.DataLength > end)
            return false;
        if (statement.Kind is StatementKind.MetaCommand)
            return true;
        var reader = new TokenReader(text, statement.End, end);
        return reader.Read() ? reader.Current.Kind is SqlTokenKind.Semicolon : statement.DataStart == 0 && new TokenReader(text, statement.End, text.Length) is var rest && !rest.Read();
    }
}
