using System.Collections.Immutable;
using PhaserAI.Migrations.Measuring;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Rehearsals;

/// <summary>What a migration did on the copy.</summary>
/// <param name="Version">Its version.</param>
/// <param name="FileName">Its file.</param>
/// <param name="Up">What its UP took, statement by statement and without the measuring.</param>
/// <param name="Statements">The statements of its UP.</param>
public sealed record RehearsedMigration(string Version, string FileName, TimeSpan Up, ImmutableArray<MeasuredStatement> Statements)
{
    /// <summary>What its DOWN took; null when it was not run, or failed.</summary>
    public TimeSpan? Down { get; init; }

    /// <summary>What its UP took the second time, as <c>up</c> runs it; null when it was not run, or failed.</summary>
    public TimeSpan? UpAgain { get; init; }

    /// <summary>Why its DOWN can't be run: it has none, or none that can be read.</summary>
    public ImmutableArray<ScriptProblem> DownProblems { get; init; } = [];

    /// <summary>
    /// The schema after its DOWN, beside the one before its UP, without what newer migrations have left; null when the DOWN was not run,
    /// or failed.
    /// </summary>
    public SchemaDifference? AfterDown { get; init; }

    /// <summary>Whether the DOWN was run and the schema is what it was before.</summary>
    public bool IsBroughtBack => AfterDown is { IsEmpty: true };

    /// <summary>How long each relation was locked against readers or writers, the longest first; of an index only beside a weaker lock of its table.</summary>
    public IEnumerable<HeldLock> Exclusions => Statements.SelectMany(statement => statement.Locks.Where(held => held.KeepsWritersOut && !statement.IsImplied(held)))
        .GroupBy(held => (held.Relation, held.KeepsReadersOut)).Select(same => same.MaxBy(held => held.Held)!)
        .OrderByDescending(held => held.Held);
}
