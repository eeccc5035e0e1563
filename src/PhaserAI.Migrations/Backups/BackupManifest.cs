using System.Collections.Immutable;

namespace PhaserAI.Migrations.Backups;

/// <summary>What a backup is and holds: the JSON document beside it. All of it is true of one moment, the dump's snapshot.</summary>
public sealed record BackupManifest
{
    /// <summary>The backup's name in its store.</summary>
    public required string Name { get; init; }

    /// <summary><c>plain</c> or <c>custom</c>.</summary>
    public required string Format { get; init; }

    /// <summary>The database.</summary>
    public required string Database { get; init; }

    /// <summary>The version of the newest migration that was applied; null when none was.</summary>
    public string? SchemaVersion { get; init; }

    /// <summary>The schema of <c>schema_migrations</c>; null when there was none.</summary>
    public string? HistorySchema { get; init; }

    /// <summary>The server's version, like 15.18.</summary>
    public required string ServerVersion { get; init; }

    /// <summary>pg_dump's version.</summary>
    public required string DumpVersion { get; init; }

    /// <summary>The tool that made it, with its version.</summary>
    public required string Tool { get; init; }

    /// <summary>When it was begun.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The environment's name.</summary>
    public string? Environment { get; init; }

    /// <summary>The commit of the project that made it.</summary>
    public string? GitCommit { get; init; }

    /// <summary>The object's length.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of the object, 64 hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>How many rows of each table are in it, in the order of the dump.</summary>
    public required ImmutableArray<TableRows> Tables { get; init; }

    /// <summary>All rows.</summary>
    public long RowCount() => Tables.Sum(table => table.Rows);
}
