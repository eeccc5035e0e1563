using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Planning;

/// <summary>All scripts of a directory, read.</summary>
/// <param name="Path">The directory.</param>
/// <param name="Scripts">Ordered by version.</param>
/// <param name="Problems">What is wrong with the directory itself.</param>
internal sealed record ScriptSet(
    string Path, ImmutableArray<MigrationScript> Scripts, ImmutableArray<ScriptProblem> Problems)
{
    /// <summary>The environment of the database; null when it has no name.</summary>
    public string? Environment { get; init; }

    private readonly Dictionary<string, MigrationScript> _byVersion = Index(Scripts);

    /// <summary>Reads a directory.</summary>
    public static ScriptSet Load(string directory, string label, string? environment)
    {
        var found = MigrationDirectory.Load(directory, label);
        return new ScriptSet(label, ScriptParser.ReadAll(found.Files, new IncludeFolder(directory, label)), found.Problems)
        {
            Environment = environment is null ? null : EnvironmentName.Normalize(environment),
        };
    }

    /// <summary>Whether a migration is meant for the environment; one that names others is skipped.</summary>
    public bool IsMeant(MigrationScript script) =>
        script.Header.Environments is not { } environments || (Environment is not null && environments.Contains(Environment, StringComparer.Ordinal));

    /// <summary>The script of a version; null when there is none.</summary>
    public MigrationScript? Find(string version) => _byVersion.GetValueOrDefault(version);

    private static Dictionary<string, MigrationScript> Index(ImmutableArray<MigrationScript> scripts)
    {
        var index = new Dictionary<string, MigrationScript>(scripts.Length, StringComparer.Ordinal);
        foreach (var script in scripts)
            index.TryAdd(script.Version.ToString(), script);
        return index;
    }
}
