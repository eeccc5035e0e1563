using System.Collections.Immutable;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>The UP or the DOWN of a script, cut into statements.</summary>
/// <param name="Text">The text that the statements' offsets count in: the script's, or what was taken out of its comments.</param>
/// <param name="Statements">In order.</param>
/// <param name="Start">Byte offset at which the section begins.</param>
/// <param name="End">Byte offset behind its last byte.</param>
/// <param name="Problems">Why the section can't be run as it stands; empty when it can be read.</param>
internal sealed record ScriptSection(
    SourceText Text, StatementList Statements, int Start, int End, ImmutableArray<ScriptProblem> Problems)
{
    /// <summary>Whether its statements were taken out of comments.</summary>
    public bool IsCommentedOut { get; init; }

    /// <summary>Its bytes, with data that were left in the file.</summary>
    public long Length => End - Start + Text.Holes.Sum(hole => hole.Offset >= Start && hole.Offset < End ? hole.Length : 0);

    /// <summary>The section's own text: what is stored beside the history when it has been applied.</summary>
    public string GetString() => Text.GetString(Start, End - Start);
}
