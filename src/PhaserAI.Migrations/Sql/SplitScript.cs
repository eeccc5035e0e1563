using System.Collections.Immutable;

namespace PhaserAI.Migrations.Sql;

/// <summary>A script, or a part of one, cut into statements. All offsets are those of the whole text.</summary>
/// <param name="Statements">The statements in order; empty ones (<c>;;</c>) are left out.</param>
/// <param name="Problems">What keeps the text from being run as it stands, in order.</param>
/// <param name="LineComments">The <c>--</c> comments outside parentheses and BEGIN ATOMIC bodies, in order.</param>
internal sealed record SplitScript(
    ImmutableArray<SqlStatement> Statements, ImmutableArray<SqlProblem> Problems, ImmutableArray<SqlToken> LineComments);
