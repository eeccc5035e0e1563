using System.Text;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Planning;

/// <summary>Reads a stored DOWN as if its file were still there.</summary>
internal static class StoredDown
{
    /// <summary>A script with that DOWN; null when there is none.</summary>
    public static MigrationScript? Read(string version, StoredScript stored)
    {
        if (stored.DownSql is null || !MigrationVersion.TryParse(version, out var parsed))
            return null;
        var text = new SourceText($"{stored.FileName} (DOWN as stored when it was applied)", Encoding.UTF8.GetBytes(stored.DownSql));
        var script = ScriptParser.Parse(text);
        return new MigrationScript(parsed, stored.FileName, script with { Down = script.Up });
    }
}
