using System.Text;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>Reads a stored DOWN as if its file were still there.</summary>
internal static class StoredDown
{
    /// <summary>A script with that DOWN; null when there is none.</summary>
    public static MigrationScript? Read(string version, StoredScript stored)
    {
        if (stored.DownSql is null || !MigrationVersion.TryParse(version, out var parsed))
            return null;

        // It is a section already: a comment in it that looks like a marker is none.
        var text = new SourceText($"{stored.FileName} (DOWN as stored when it was applied)", Encoding.UTF8.GetBytes(stored.DownSql));
        var down = ScriptSections.ToSection(text, StatementSplitter.Split(text.Bytes, 0, text.Length), 0, text.Length);
        var nothing = new ScriptSection(text, [], 0, 0, []);
        return new MigrationScript(
            parsed, stored.FileName, new ParsedScript(text, ScriptHeader.Parse(text.Bytes), nothing, down, Checksum.OfText(text), "", [], []));
    }
}
