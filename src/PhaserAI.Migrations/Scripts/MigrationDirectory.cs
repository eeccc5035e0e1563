using System.Collections.Immutable;

namespace PhaserAI.Migrations.Scripts;

/// <summary>The directory of migrations: every <c>.sql</c> file in it, sub-folders and other files aside.</summary>
/// <param name="Path">The directory as the user knows it.</param>
/// <param name="Files">The files whose names fit, ordered by version.</param>
/// <param name="Problems">Names that do not fit, versions used twice, files that can't be read.</param>
internal sealed record MigrationDirectory(
    string Path, ImmutableArray<MigrationFile> Files, ImmutableArray<ScriptProblem> Problems)
{
    private const string NameMend = "Name it YYYYMMDD_HHMMSS_description.sql, or move it out of the folder.";

    /// <summary>Reads all files. A directory that is not there is a problem, not an exception.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="label">What messages call it.</param>
    public static MigrationDirectory Load(string directory, string label)
    {
        var problems = ImmutableArray.CreateBuilder<ScriptProblem>();
        var files = new List<MigrationFile>();
        foreach (var file in List(directory, label, problems))
        {
            var name = System.IO.Path.GetFileName(file);
            var shown = System.IO.Path.Combine(label, name);
            if (!TryReadName(name, out var version))
                problems.Add(new ScriptProblem(shown, 0, 0, "the name does not fit YYYYMMDD_HHMMSS_description.sql", NameMend));
            else if (TryRead(directory, file, shown, problems) is { } text)
                files.Add(new MigrationFile(version, name, text));
        }

        files.Sort((left, right) => left.Version.CompareTo(right.Version));
        for (var i = 1; i < files.Count; i++)
        {
            if (files[i].Version == files[i - 1].Version)
            {
                problems.Add(new ScriptProblem(
                    files[i].Text.File,
                    0,
                    0,
                    $"version {files[i].Version} is used twice: also by {files[i - 1].FileName}",
                    "Give one of the two files a later timestamp."));
            }
        }

        return new MigrationDirectory(label, [.. files], problems.DrainToImmutable());
    }

    /// <summary>Whether a file name is a migration's, and of which version.</summary>
    public static bool TryReadName(string name, out MigrationVersion version) =>
        MigrationVersion.TryParsePrefix(name, out version)
        && name.Length > MigrationVersion.Length + 1 + ".sql".Length
        && name[MigrationVersion.Length] == '_'
        && name.EndsWith(".sql", StringComparison.Ordinal);

    private static string[] List(string path, string label, ImmutableArray<ScriptProblem>.Builder problems)
    {
        try
        {
            var files = Directory.GetFiles(path)
                .Where(file => file.EndsWith(".sql", StringComparison.OrdinalIgnoreCase))
                .ToArray();
            Array.Sort(files, StringComparer.Ordinal);
            return files;
        }
        catch (DirectoryNotFoundException)
        {
            problems.Add(new ScriptProblem(
                label, 0, 0, "there is no such folder", "Create it, or name another with --migrations."));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add(new ScriptProblem(label, 0, 0, $"the folder can't be read: {failure.Message}", "Grant yourself the right to read it."));
        }

        return [];
    }

    /// <summary>
    /// A symbolic link may lead about in the folder, as it does in a ConfigMap of Kubernetes, but not out of it: what runs
    /// must be what was reviewed there.
    /// </summary>
    private static SourceText? TryRead(string directory, string path, string label, ImmutableArray<ScriptProblem>.Builder problems)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Attributes.HasFlag(FileAttributes.ReparsePoint))
                return ScriptFile.Read(file, label);
            var real = RealPath.Resolve(path);
            if (RealPath.Within(RealPath.Resolve(directory), real) is not null)
                return ScriptFile.Read(new FileInfo(real), label);
            problems.Add(new ScriptProblem(label, 0, 0, "the file is a symbolic link that leads out of the folder", "Put a copy of the file in its place."));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add(new ScriptProblem(label, 0, 0, $"the file can't be read: {failure.Message}", "Make it readable, or move it out of the folder."));
        }

        return null;
    }
}
