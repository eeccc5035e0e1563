using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Planning;

/// <summary>The Dependencies line of a header: file names or versions that must be applied before.</summary>
internal static class Dependencies
{
    public static void Check(
        MigrationScript script, ScriptSet scripts, HashSet<string> done, ImmutableArray<ScriptProblem>.Builder problems)
    {
        foreach (var dependency in script.Header.Dependencies)
        {
            // What is neither a version nor a file ("pgcrypto", "the auth service") is a remark for people.
            var isVersion = MigrationVersion.TryFind(dependency, out var version);
            if (isVersion ? done.Contains(version.ToString()) : !dependency.EndsWith(".sql", StringComparison.OrdinalIgnoreCase))
                continue;
            var (message, mend) = !isVersion || scripts.Find(version.ToString()) is null
                ? ($"it depends on {dependency}, which is neither in the folder nor applied", "Bring that file back, or correct the Dependencies line.")
                : version >= script.Version
                    ? ($"it depends on {dependency}, which does not come before it", "Give this file a later timestamp, or correct the Dependencies line.")
                    : !scripts.IsMeant(scripts.Find(version.ToString())!)
                    ? ($"it depends on {dependency}, which is not meant for this environment", "Add this environment to the Environments line of that migration, or limit this one in the same way.")
                    : ($"it depends on {dependency}, which is not applied", "Apply that migration first, or correct the Dependencies line.");
            var file = script.Text.File;
            problems.Add(new ScriptProblem(file, 0, 0, message, mend));
        }
    }
}
