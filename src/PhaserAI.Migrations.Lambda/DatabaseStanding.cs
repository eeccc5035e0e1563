using System.Text.Json.Nodes;

namespace PhaserAI.Migrations.Lambda;

/// <summary>Where a database stands against the set of migrations that a stack asks for.</summary>
/// <param name="Wanted">The newest version of the set; null when there is none.</param>
/// <param name="Newest">The newest version that is applied; null when none is.</param>
/// <param name="Applied">How many are applied.</param>
/// <param name="IsAhead">Whether something newer than the set is applied, or half applied.</param>
/// <param name="IsBehind">Whether something of the set is not.</param>
internal sealed record DatabaseStanding(string? Wanted, string? Newest, int Applied, bool IsAhead, bool IsBehind)
{
    /// <param name="status">The document of <c>status</c>.</param>
    /// <param name="wanted">The newest version of the set; null for that of the files.</param>
    public static DatabaseStanding Read(JsonNode? status, string? wanted)
    {
        var migrations = status?["migrations"]?.AsArray().Select(migration => (
            Version: (string)migration!["version"]!, State: (string)migration["state"]!, IsFile: migration["file"] is not null)).ToArray() ?? [];
        wanted ??= migrations.Where(migration => migration.IsFile).Select(migration => migration.Version).Max(StringComparer.Ordinal);
        var applied = migrations.Where(migration => migration.State is "applied" or "changed" or "missing").Select(migration => migration.Version).ToArray();
        var begun = migrations.Where(migration => migration.State is "partial").Select(migration => migration.Version);
        var open = migrations.Where(migration => migration.State is "pending" or "partial").Select(migration => migration.Version);
        return new DatabaseStanding(
            wanted,
            applied.Max(StringComparer.Ordinal),
            applied.Length,
            applied.Concat(begun).Any(version => string.CompareOrdinal(version, wanted) > 0),
            open.Any(version => string.CompareOrdinal(version, wanted) <= 0));
    }
}
