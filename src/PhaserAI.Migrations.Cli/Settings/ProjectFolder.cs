namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>The project that the tool works for.</summary>
/// <param name="Path">Its absolute path.</param>
internal sealed record ProjectFolder(string Path)
{
    /// <summary>
    /// MIGRATE_PROJECT, which scripts/migrate.sh sets; else the nearest folder upwards that has infra/migrations; else the
    /// current folder.
    /// </summary>
    public static ProjectFolder Find(CliHost host)
    {
        if (host.Variable("MIGRATE_PROJECT") is { Length: > 0 } given)
            return new ProjectFolder(System.IO.Path.GetFullPath(given, host.CurrentDirectory));
        for (var folder = host.CurrentDirectory; folder is not null; folder = System.IO.Path.GetDirectoryName(folder))
        {
            if (Directory.Exists(System.IO.Path.Combine(folder, "infra", "migrations")))
                return new ProjectFolder(folder);
        }

        return new ProjectFolder(host.CurrentDirectory);
    }

    /// <summary>A path as a person in the current folder would write it; unchanged when it lies elsewhere.</summary>
    public static string Shorten(string path, string currentDirectory)
    {
        var relative = System.IO.Path.GetRelativePath(currentDirectory, path);
        return relative.Length < path.Length && !relative.StartsWith("../../..", StringComparison.Ordinal) ? relative : path;
    }
}
