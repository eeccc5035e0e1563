namespace PhaserAI.Migrations.Scripts;

/// <summary>
/// Where <c>\i</c> and <c>\ir</c> find their files: in the sub-folders of the folder of migrations, and nowhere else, whatever
/// <c>..</c> and symbolic links say. A script then means the same wherever the folder is.
/// </summary>
/// <param name="directory">The folder of migrations.</param>
/// <param name="label">What messages call it.</param>
internal sealed class IncludeFolder(string directory, string label)
{
    /// <summary>An included file.</summary>
    /// <param name="Path">Its path below the folder as the script names it: from there <c>\ir</c> counts.</param>
    /// <param name="RealPath">Where that leads: the same for the same file.</param>
    /// <param name="Text">What is in it.</param>
    internal sealed record File(string Path, string RealPath, SourceText Text);

    /// <summary>Reads a file; null when that is not possible, and why and what to do.</summary>
    /// <param name="name">Its path from the folder of migrations, or from <paramref name="from"/>.</param>
    /// <param name="from">The path below the folder of migrations from which <paramref name="name"/> counts.</param>
    /// <param name="problem">Why it can't be included.</param>
    public File? Read(string name, string from, out (string Message, string Mend) problem)
    {
        problem = default;
        if (Path.IsPathRooted(name))
        {
            problem = ($"{name} is no path below the folder of migrations", "Copy the file into a sub-folder of it, and name it from there.");
            return null;
        }

        try
        {
            var root = RealPath.Resolve(directory);
            var path = Path.GetFullPath(Path.Combine(root, from, name));
            var real = RealPath.Resolve(path);
            if (RealPath.Within(root, path) is not { } within || RealPath.Within(root, real) is null)
                problem = ($"{name} leads out of the folder of migrations", "Copy the file into a sub-folder of it.");
            else if (Path.GetDirectoryName(within) is null or "")
                problem = ($"{name} stands in the folder of migrations itself, where every file is a migration of its own", "Move the file into a sub-folder, and name it from there.");
            else
                return new File(within, real, ScriptFile.Read(new FileInfo(real), Path.Combine(label, within)));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var reason = failure is FileNotFoundException or DirectoryNotFoundException ? "there is no such file"
                : failure is ArgumentException ? "that is no name of a file"
                : failure.Message;
            problem = ($"{name} can't be included: {reason}", $"Name a file that is there, with its path from {(from.Length == 0 ? label : Path.Combine(label, from))}.");
        }

        return null;
    }
}
