using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Where something that was sent to the server comes from.</summary>
/// <param name="Text">The script's text.</param>
/// <param name="Offset">The byte to point at when the server names no position.</param>
/// <param name="Statement">The script's statement; null for one of the runner's own.</param>
internal sealed record StatementOrigin(SourceText Text, int Offset, SqlStatement? Statement)
{
    /// <summary>Whether it writes the history: an error there is none of the script.</summary>
    public bool IsHistory { get; init; }

    /// <summary>Whether it asks for the index of the statement (<see cref="ExistingIndex"/>).</summary>
    public bool IsIndexQuestion { get; init; }

    /// <summary>The migration as a whole.</summary>
    public static StatementOrigin Of(PlannedMigration migration) => new(migration.Script!.Text, 0, null);
}
