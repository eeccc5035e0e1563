using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Imports;

/// <summary>A migration of another tool and what becomes of it.</summary>
/// <param name="Source">Its version there: <c>1.1</c>, <c>20250101120000</c>, <c>20250101120000_AddEmail</c>.</param>
/// <param name="Version">Its version here.</param>
/// <param name="FileName">Its file here.</param>
public sealed record ImportedMigration(string Source, string Version, string FileName)
{
    /// <summary>The tool's own file as messages name it; null when it has none, or when the one here was there already.</summary>
    public string? SourceFile { get; init; }

    /// <summary>Whether the other tool has applied it; else it becomes a pending one.</summary>
    public bool IsApplied { get; init; }

    /// <summary>When; null when the other tool does not keep that.</summary>
    public DateTimeOffset? AppliedAt { get; init; }

    /// <summary>Whether its row in the history is written; if not, it is there, or the migration is pending.</summary>
    public bool IsRecorded { get; init; }

    /// <summary>Whether its file is written; if not, it is there.</summary>
    public bool IsWritten { get; init; }

    /// <summary>Whether that file only says that the SQL is not known.</summary>
    public bool IsStub { get; init; }

    /// <summary>Milliseconds it took; null when the other tool does not keep that.</summary>
    internal int? ElapsedMs { get; init; }

    /// <summary>Its file as it is or will be.</summary>
    internal MigrationScript? Script { get; init; }
}
