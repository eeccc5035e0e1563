using System.Collections.Immutable;

namespace PhaserAI.Migrations;

/// <summary>The log of a database.</summary>
/// <param name="Database">The database's name.</param>
/// <param name="IsKept">Whether there is a log; if not, the entries are what <c>schema_migrations</c> knows.</param>
/// <param name="Entries">Newest last.</param>
public sealed record HistoryLog(string Database, bool IsKept, ImmutableArray<LogEntry> Entries);
