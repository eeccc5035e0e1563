namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>Folders that are not in use yet, or no longer: whoever holds the lock may delete them.</summary>
internal static class Leftovers
{
    private const string Prefix = "new-";

    public static string NewName() => Prefix + Path.GetRandomFileName();

    public static void DeleteAll(string folder)
    {
        foreach (var entry in Directory.GetDirectories(folder, Prefix + "*"))
            Delete(entry);
        foreach (var entry in Directory.GetFiles(folder, Prefix + "*"))
            File.Delete(entry);
    }

    public static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>Takes a folder out of use in one step; being killed while it is deleted leaves nothing half.</summary>
    public static void Discard(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        var aside = Path.Combine(Path.GetDirectoryName(folder)!, NewName());
        Directory.Move(folder, aside);
        Delete(aside);
    }
}
