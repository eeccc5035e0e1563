namespace PhaserAI.Migrations.Scripts;

/// <summary>A migration's file, read.</summary>
/// <param name="Version">From its name.</param>
/// <param name="FileName">Its name without folder.</param>
/// <param name="Parsed">Its contents.</param>
internal sealed record MigrationScript(MigrationVersion Version, string FileName, ParsedScript Parsed)
{
    /// <summary>What the migration does: from its header, else from its name with spaces for underscores.</summary>
    public string Description => Parsed.Header.Description ?? DescribeName(FileName);

    internal static string DescribeName(string fileName)
    {
        var name = Path.GetFileNameWithoutExtension(fileName);
        return name.Length > MigrationVersion.Length + 1 ? name[(MigrationVersion.Length + 1)..].Replace('_', ' ') : name;
    }
}
