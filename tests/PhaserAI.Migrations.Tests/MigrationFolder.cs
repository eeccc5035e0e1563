namespace PhaserAI.Migrations.Tests;

/// <summary>A project with a folder of migrations of one test's own.</summary>
internal sealed class MigrationFolder : IDisposable
{
    public MigrationFolder() => Directory.CreateDirectory(Path);

    /// <summary>The project's folder.</summary>
    public string Project { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "phaserai-project-" + Guid.NewGuid().ToString("N"));

    /// <summary>Its infra/migrations.</summary>
    public string Path => System.IO.Path.Combine(Project, "infra", "migrations");

    /// <summary>The migrations that this repository ships, for tests of the product as a whole.</summary>
    public static string OfRepository => System.IO.Path.Combine(RepositoryRoot, "infra", "migrations");

    public static string RepositoryRoot { get; } = FindRepository();

    /// <summary>Writes a file as it is; returns its path.</summary>
    public string Write(string name, string text)
    {
        var file = System.IO.Path.Combine(Path, name);
        File.WriteAllText(file, text);
        return file;
    }

    public string Write(string name, byte[] bytes)
    {
        var file = System.IO.Path.Combine(Path, name);
        File.WriteAllBytes(file, bytes);
        return file;
    }

    public void Dispose() => Directory.Delete(Project, recursive: true);

    private static string FindRepository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(folder, "PhaserAI.Migrations.slnx")))
            folder = System.IO.Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside of the repository.");
        return folder;
    }
}
