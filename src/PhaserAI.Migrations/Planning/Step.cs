using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>Part of a migration that is done or not done as a whole.</summary>
/// <param name="Number">From 1, in order.</param>
/// <param name="Kind">Whether it is one transaction or one statement in autocommit.</param>
/// <param name="Text">What the statements' offsets count in.</param>
/// <param name="Statements">What is sent to the server, in order; the script's own BEGIN and COMMIT are not among it.</param>
/// <param name="BeginOptions">What the script wrote after BEGIN (<c>ISOLATION LEVEL SERIALIZABLE</c>), or empty.</param>
/// <param name="CommitOffset">Byte offset of the script's COMMIT, or of the end of the step: where an error at commit is shown.</param>
internal sealed record Step(
    int Number, StepKind Kind, SourceText Text, ImmutableArray<SqlStatement> Statements, string BeginOptions, int CommitOffset)
{
    /// <summary>What a checkpoint remembers of the step, so that a finished one is known to be the same.</summary>
    public string Hash => Checksum.OfTokens(Text, Statements);
}
