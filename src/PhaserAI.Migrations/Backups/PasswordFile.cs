using System.Text;

namespace PhaserAI.Migrations.Backups;

/// <summary>
/// A .pgpass for one child process (PostgreSQL manual, 34.16): 0600, in a folder of its own with 0700. The tool keeps it
/// locked (flock), so that one whose tool was killed is known, and removed by the next.
/// </summary>
internal sealed class PasswordFile : IDisposable
{
    private const string Prefix = "phaserai-pgpass-";
    private const string Name = "pgpass";

    private readonly string _folder;
    private readonly FileStream _file;

    private PasswordFile(string folder, FileStream file) => (_folder, _file) = (folder, file);

    public string Path => _file.Name;

    public static PasswordFile Write(string password)
    {
        RemoveLeftovers();
        try
        {
            return WriteNew(password);
        }
        catch (IOException)
        {
            return WriteNew(password); // another one took it for a leftover, between its being made and locked
        }
    }

    private static PasswordFile WriteNew(string password)
    {
        var folder = Directory.CreateTempSubdirectory(Prefix).FullName; // 0700
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(System.IO.Path.Combine(folder, Name), options);
        var escaped = password.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal);
        file.Write(Encoding.UTF8.GetBytes($"*:*:*:*:{escaped}\n"));
        return new PasswordFile(folder, file);
    }

    public void Dispose()
    {
        _file.Dispose();
        Remove(_folder);
    }

    private static void RemoveLeftovers()
    {
        foreach (var folder in Directory.GetDirectories(System.IO.Path.GetTempPath(), Prefix + "*"))
        {
            try
            {
                // Somebody's who is alive can't be opened.
                using var locked = File.Open(System.IO.Path.Combine(folder, Name), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                Remove(folder);
            }
            catch (Exception taken) when (taken is IOException or UnauthorizedAccessException)
            {
                // Another user's, in use, or just being made or removed.
            }
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It has been removed already.
        }
    }
}
