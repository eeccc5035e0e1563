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
    int Number, StepKind Kind, SourceText Text, StatementList Statements, string BeginOptions, int CommitOffset)
{
    /// <summary>What a checkpoint remembers of the step, so that a finished one is known to be the same.</summary>
    public string Hash => Checksum.OfTokens(Text, Statements);

    /// <summary>
    /// Whether it can be tried in a transaction, so that its record commits with it: also a single statement under
    /// <c>Transaction: none</c>, unless it may end transactions itself, or be refused in one for what its text does not show.
    /// </summary>
    public bool MayBeTransaction => Kind is StepKind.Transaction
        || Statements is [{ Kind: not StatementKind.NonTransactional, Command: not ("CALL" or "DO" or "EXECUTE" or "REINDEX INDEX" or "REINDEX TABLE" or "CLUSTER") }];

    /// <summary>Whether what it has done so far may stay when it fails, so that it is not to be tried again unasked.</summary>
    public bool MayCommitInPart => Kind is StepKind.Autocommit && Statements is [{ Command: "CALL" or "DO" }];

    /// <summary>Whether it looks through a whole table under a lock that lets others read and write: no timeout is to stop that.</summary>
    public bool IsValidation => Statements is [{ Command: "ALTER TABLE VALIDATE CONSTRAINT" or "ALTER DOMAIN VALIDATE CONSTRAINT" }];
}
