using System.Collections.Immutable;
using System.Text;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>The objects that should be in the database, judging by what is applied.</summary>
internal static class AppliedObjects
{
    /// <summary>The migrations whose files do not say what was applied; their stored texts may.</summary>
    public static IEnumerable<string> NeedStored(ScriptSet scripts, HistorySnapshot history) =>
        history.Entries
            .Where(entry => scripts.Find(entry.Version) is not { } script || Drift.IsChanged(script, entry))
            .Select(entry => entry.Version);

    /// <param name="scripts">The files.</param>
    /// <param name="history">What is applied.</param>
    /// <param name="stored">The stored texts of <see cref="NeedStored"/>, by version.</param>
    public static ImmutableArray<CreatedObject> Find(
        ScriptSet scripts, HistorySnapshot history, IReadOnlyDictionary<string, StoredScript> stored)
    {
        var partial = history.Checkpoints.Concat(history.Started).Select(checkpoint => checkpoint.Version).ToHashSet(StringComparer.Ordinal);
        var byVersion = history.Entries.Where(entry => !partial.Contains(entry.Version)).ToArray();
        var objects = Find(byVersion);

        // Applied out of order, a drop may have come before or after: only what is left both ways is certain.
        var byTime = byVersion.OrderBy(entry => entry.AppliedAt).ToArray();
        if (!byTime.SequenceEqual(byVersion))
            objects = [.. objects.IntersectBy(Find(byTime).Select(created => created.Object), created => created.Object)];
        return [.. objects.OrderBy(created => created.Version, StringComparer.Ordinal).ThenBy(created => created.Statement.Start)];

        IEnumerable<CreatedObject> Find(IEnumerable<HistoryEntry> entries)
        {
            var created = new CreatedObjects();
            foreach (var entry in entries)
            {
                if (ReadUp(entry, scripts, stored) is { } up)
                    created.Apply(entry.Version, up);
                else
                    created.ApplyUnknown();
            }

            foreach (var version in partial)
            {
                if (scripts.Find(version)?.Parsed is not { } parsed)
                {
                    created.ApplyUnknown();
                    continue;
                }

                created.ApplyPartly(parsed.Up);
                if (parsed.Down is { } down)
                    created.ApplyPartly(down);
            }

            return created.Objects;
        }
    }

    private static ScriptSection? ReadUp(HistoryEntry entry, ScriptSet scripts, IReadOnlyDictionary<string, StoredScript> stored)
    {
        if (scripts.Find(entry.Version) is { } script && !Drift.IsChanged(script, entry))
            return script.Parsed.Up;
        if (stored.GetValueOrDefault(entry.Version) is not { UpSql: { } sql } known)
            return null;
        var text = new SourceText($"{known.FileName} (UP as stored when it was applied)", Encoding.UTF8.GetBytes(sql));
        return ScriptSections.ToSection(text, StatementSplitter.Split(text.Bytes, 0, text.Length), 0, text.Length);
    }
}
