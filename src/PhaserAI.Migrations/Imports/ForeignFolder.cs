using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Imports;

/// <summary>The files of another tool.</summary>
/// <param name="Files">By version.</param>
/// <param name="Skipped">Files that are no versioned migration.</param>
/// <param name="Problems">Folders that can't be read, versions used twice.</param>
internal sealed record ForeignFolder(
    Dictionary<string, ForeignFile> Files, ImmutableArray<ImportSkip> Skipped, ImmutableArray<ScriptProblem> Problems)
{
    /// <summary>Lists the files; reads none.</summary>
    public static ForeignFolder List(ImportOptions import)
    {
        var files = new Dictionary<string, ForeignFile>(StringComparer.Ordinal);
        var undo = new Dictionary<string, ForeignFile>(StringComparer.Ordinal);
        var skipped = ImmutableArray.CreateBuilder<ImportSkip>();
        var problems = ImmutableArray.CreateBuilder<ScriptProblem>();
        foreach (var (file, label) in import.Folders.SelectMany(folder => ListOne(folder, import.Tool, problems)))
        {
            var name = Path.GetFileName(file);
            // The folder may be the one of migrations itself.
            if (MigrationDirectory.TryReadName(name, out _))
                continue;
            if (ForeignName.Read(import.Tool, name) is not { } read)
            {
                skipped.Add(new ImportSkip(label, import.Tool is ImportTool.Flyway && name.StartsWith("R__", StringComparison.Ordinal)
                    ? "a repeatable migration: what it made stays; write its next change as a migration"
                    : $"no migration of {NameOf(import.Tool)} by its name"));
                continue;
            }

            var found = new ForeignFile(
                import.Tool is ImportTool.Flyway ? FlywayVersion.Normalize(read.Version) : read.Version,
                Describe(read.Rest),
                file,
                label)
            {
                ConfPath = import.Tool is ImportTool.Flyway && File.Exists(file + ".conf") ? file + ".conf" : null,
            };
            if (read.IsBaseline)
                skipped.Add(new ImportSkip(label, "a baseline migration stands for those before it, which are taken over themselves"));
            else if (!(read.IsUndo ? undo : files).TryAdd(found.Version, found))
                problems.Add(new ScriptProblem(label, 0, 0, $"version {found.Version} is used twice: also by {(read.IsUndo ? undo : files)[found.Version].Label}", "Move one of the two away."));
        }

        foreach (var (version, back) in undo)
        {
            if (files.TryGetValue(version, out var file))
                files[version] = file with { Undo = back };
            else
                skipped.Add(new ImportSkip(back.Label, "it takes back a migration that has no file"));
        }

        return new ForeignFolder(files, skipped.ToImmutable(), problems.ToImmutable());
    }

    public static string NameOf(ImportTool tool) => tool switch
    {
        ImportTool.Flyway => "Flyway",
        ImportTool.Dbmate => "dbmate",
        _ => "EF Core",
    };

    /// <summary>What a MigrationId or a version says behind its number, fit for a file name.</summary>
    public static string Describe(string rest)
    {
        var words = string.Join('_', rest.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Trim('_', '-', '.');
        return words.Length > 0 ? words : "imported";
    }

    private static IEnumerable<(string File, string Label)> ListOne(ImportFolder folder, ImportTool tool, ImmutableArray<ScriptProblem>.Builder problems)
    {
        try
        {
            var depth = tool is ImportTool.Flyway ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly;
            return [.. Directory.GetFiles(folder.Path, "*.sql", depth)
                .Order(StringComparer.Ordinal)
                .Select(file => (file, Path.Combine(folder.Label, Path.GetRelativePath(folder.Path, file))))];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add(new ScriptProblem(
                folder.Label,
                0,
                0,
                failure is DirectoryNotFoundException ? "there is no such folder" : $"the folder can't be read: {failure.Message}",
                $"Name the folder with the files of {NameOf(tool)} with --files."));
            return [];
        }
    }
}
