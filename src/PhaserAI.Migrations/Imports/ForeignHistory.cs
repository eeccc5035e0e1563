using System.Collections.Immutable;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Imports;

/// <summary>Another tool's table, read.</summary>
/// <param name="Schema">Its schema.</param>
/// <param name="Table">Its name.</param>
/// <param name="Rows">In the order in which the tool wrote them, or of their versions.</param>
internal sealed record ForeignHistory(string Schema, string Table, ImmutableArray<ForeignRow> Rows)
{
    /// <summary>What dbmate's table is called once it has made room.</summary>
    public const string Renamed = "schema_migrations_dbmate";

    /// <summary>Whether it has the name and the place of the tool's own table.</summary>
    public bool IsInTheWay { get; init; }

    /// <summary>Whether the name that it would get is taken.</summary>
    public bool IsRenamedTaken { get; init; }

    /// <summary>The name of its primary key; null when it has none.</summary>
    public string? PrimaryKey { get; init; }

    /// <summary>Quoted, for SQL.</summary>
    public string QuotedName => $"{HistorySchema.Quote(Schema)}.{HistorySchema.Quote(Table)}";

    public override string ToString() => $"{Schema}.{Table}";
}
