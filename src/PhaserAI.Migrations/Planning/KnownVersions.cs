using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Planning;

/// <summary>Whether a version that a person typed exists.</summary>
internal static class KnownVersions
{
    /// <exception cref="UnknownVersionException">It is neither a file's nor in the history.</exception>
    public static void Require(MigrationVersion? version, ScriptSet scripts, HistorySnapshot history)
    {
        if (version is not { } wanted || scripts.Find(wanted.ToString()) is not null)
            return;
        if (history.Entries.Any(entry => entry.Version == wanted.ToString()))
            return;
        throw Unknown(wanted.ToString(), scripts, history);
    }

    public static UnknownVersionException Unknown(string wanted, ScriptSet scripts, HistorySnapshot history)
    {
        var known = scripts.Scripts.Select(script => script.Version.ToString())
            .Union(history.Entries.Select(entry => entry.Version), StringComparer.Ordinal)
            .ToArray();
        var nearest = known.MaxBy(candidate => CommonPrefix(candidate, wanted));
        return new UnknownVersionException(
            $"there is no migration {wanted}, neither in {scripts.Path} nor in the history",
            nearest is null
                ? "The folder is empty: create a migration with the command new."
                : $"Did you mean {nearest}? The command list shows all versions.");
    }

    private static int CommonPrefix(string left, string right) => left.AsSpan().CommonPrefixLength(right);
}
