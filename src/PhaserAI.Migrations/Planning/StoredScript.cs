using System.Text;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Planning;

/// <summary>The texts of a migration as they were when it was applied.</summary>
/// <param name="FileName">The name its file had.</param>
/// <param name="DownSql">The statements of its DOWN section; null when it had none, or when it was too large to keep.</param>
internal sealed record StoredScript(string FileName, string? DownSql)
{
    /// <summary>A script with that DOWN; null when there is none.</summary>
    public MigrationScript? ToScript(string version)
    {
        if (DownSql is null || !MigrationVersion.TryParse(version, out var parsed))
            return null;
        var text = new SourceText($"{FileName} (DOWN as stored when it was applied)", Encoding.UTF8.GetBytes(DownSql));
        var script = ScriptParser.Parse(text);
        return new MigrationScript(parsed, FileName, script with { Down = script.Up });
    }
}
