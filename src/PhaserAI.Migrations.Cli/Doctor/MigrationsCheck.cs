using PhaserAI.Migrations.Planning;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>The folder of migrations: there, readable, and its files' names.</summary>
internal static class MigrationsCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var (folder, label) = (of.Settings!.Migrations, of.FolderLabel);
        if (!Directory.Exists(folder))
            return [Finding.Problem($"there is no folder {label}", $"Make the first migration: {of.Tool} new NAME. Or name the folder: MIGRATIONS_DIR, or --migrations.")];
        var scripts = await Task.Run(() => ScriptSet.Load(folder, label, of.Reader.Rules.Name), cancellationToken);
        if (!scripts.Problems.IsEmpty)
            return Finding.Few([.. scripts.Problems.Select(ScriptsCheck.ToProblem)], $"See all: {of.Tool} list");
        of.Scripts = scripts;
        if (scripts.Scripts.IsEmpty)
            return [Finding.Ok($"{label} is empty; {of.Tool} new NAME makes the first migration")];
        return [Finding.Ok($"{(scripts.Scripts.Length == 1 ? "1 file" : $"{scripts.Scripts.Length} files")} in {label}, the newest {scripts.Scripts[^1].FileName}")];
    }
}
