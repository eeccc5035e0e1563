namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>The commit that a project's files come from, read from its .git without running git (gitrepository-layout(5)).</summary>
internal static class GitCommit
{
    /// <summary>40 or 64 hexadecimal digits; null when the folder is in no repository, has no commit, or can't be read.</summary>
    public static string? Read(string folder)
    {
        try
        {
            for (var parent = folder; parent is not null; parent = Path.GetDirectoryName(parent))
            {
                if (FindRepository(Path.Combine(parent, ".git")) is { } repository)
                    return ReadHead(repository);
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The log does without it.
        }

        return null;
    }

    /// <summary>In a worktree or a submodule, .git is a file that names the folder.</summary>
    private static string? FindRepository(string path)
    {
        if (Directory.Exists(path))
            return path;
        return File.Exists(path) && File.ReadAllText(path).Trim() is var text && text.StartsWith("gitdir:", StringComparison.Ordinal)
            ? Path.GetFullPath(text["gitdir:".Length..].Trim(), Path.GetDirectoryName(path)!)
            : null;
    }

    private static string? ReadHead(string repository)
    {
        var head = ReadLine(Path.Combine(repository, "HEAD"));
        if (head is null || !head.StartsWith("ref:", StringComparison.Ordinal))
            return Hash(head);
        var name = head["ref:".Length..].Trim();

        // The branches of a worktree are those of the repository that it belongs to.
        var common = ReadLine(Path.Combine(repository, "commondir")) is { } shared ? Path.GetFullPath(shared, repository) : repository;
        return Hash(ReadLine(Path.Combine(repository, name))) ?? Hash(ReadLine(Path.Combine(common, name))) ?? FindPacked(common, name);
    }

    private static string? FindPacked(string repository, string name)
    {
        var packed = Path.Combine(repository, "packed-refs");
        return File.Exists(packed)
            ? File.ReadLines(packed).Where(line => line.EndsWith(" " + name, StringComparison.Ordinal)).Select(line => Hash(line.Split(' ')[0])).FirstOrDefault()
            : null;
    }

    private static string? ReadLine(string file) => File.Exists(file) ? File.ReadLines(file).FirstOrDefault()?.Trim() : null;

    private static string? Hash(string? text) => text is { Length: 40 or 64 } && text.All(char.IsAsciiHexDigit) ? text : null;
}
