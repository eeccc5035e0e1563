using System.Collections.Immutable;

namespace PhaserAI.Migrations.Imports;

/// <summary>What is to be taken over from another tool.</summary>
/// <param name="Tool">Whose history it is.</param>
public sealed record ImportOptions(ImportTool Tool)
{
    /// <summary>Where the tool's files are; Flyway's are looked for in sub-folders too.</summary>
    public ImmutableArray<ImportFolder> Folders { get; init; } = [];

    /// <summary>The tool's table, with or without a schema (<c>audit.flyway_schema_history</c>); null for the one it makes by itself.</summary>
    public string? Table { get; init; }

    /// <summary>
    /// Whether an applied migration without SQL gets a file that says so, and that stops a run on a database that does not have the
    /// migration; without it, such a migration is a problem.
    /// </summary>
    public bool WritesStubs { get; init; }

    /// <summary>Whether the tool's files are deleted once the new ones are there; else they stay.</summary>
    public bool RemovesOld { get; init; }
}
