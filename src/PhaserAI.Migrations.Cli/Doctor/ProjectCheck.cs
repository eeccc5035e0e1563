namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>The project's folder, and how it was found.</summary>
internal static class ProjectCheck
{
    public static Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Finding>>([Find(of)]);

    private static Finding Find(Examination of)
    {
        var path = of.Project.Path;
        if (!Directory.Exists(path))
            return Finding.Problem($"MIGRATE_PROJECT is {path}, which is no folder", "Set it to the project's folder, or unset it.");
        return of.Host.Variable("MIGRATE_PROJECT") is { Length: > 0 }
            ? Finding.Ok($"{path}, from MIGRATE_PROJECT")
            : Directory.Exists(Path.Combine(path, "infra", "migrations"))
                ? Finding.Ok(path == of.Host.CurrentDirectory ? path : $"{path}, the nearest above with infra/migrations")
                : Finding.Ok($"{path}, the current folder: there is no infra/migrations in it or above it");
    }
}
