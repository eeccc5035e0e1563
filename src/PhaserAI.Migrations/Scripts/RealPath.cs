namespace PhaserAI.Migrations.Scripts;

/// <summary>Where a path leads when every symbolic link on the way is followed.</summary>
internal static class RealPath
{
    // Linux gives up after 40 (MAXSYMLINKS).
    private const int MaxLinks = 40;

    /// <exception cref="IOException">The links go round in a circle, or one can't be read.</exception>
    public static string Resolve(string path)
    {
        var full = Path.GetFullPath(path);
        var resolved = Path.GetPathRoot(full)!;
        var rest = new Stack<string>();
        Push(full[resolved.Length..]);
        for (var links = 0; rest.TryPop(out var name);)
        {
            var next = name == ".." ? Path.GetDirectoryName(resolved) ?? resolved : Path.Combine(resolved, name);
            if (name == ".." || new FileInfo(next).LinkTarget is not { } target)
            {
                resolved = next;
                continue;
            }

            if (++links > MaxLinks)
                throw new IOException($"too many symbolic links on the way to {path}");
            if (Path.IsPathRooted(target))
                resolved = Path.GetPathRoot(target)!;
            Push(target[(Path.IsPathRooted(target) ? resolved.Length : 0)..]);
        }

        return resolved;

        void Push(string names)
        {
            foreach (var name in names.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                if (name != ".")
                    rest.Push(name);
            }
        }
    }

    /// <summary>The way from a folder to what lies in it; null when it lies elsewhere. Both are real paths.</summary>
    public static string? Within(string folder, string path)
    {
        var relative = Path.GetRelativePath(folder, path);
        return relative == ".." || relative.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal) || Path.IsPathRooted(relative)
            ? null
            : relative;
    }
}
