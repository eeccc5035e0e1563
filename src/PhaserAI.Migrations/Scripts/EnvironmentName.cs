namespace PhaserAI.Migrations.Scripts;

/// <summary>The names of environments: dev, test, staging and prod; development and production are understood too.</summary>
internal static class EnvironmentName
{
    public static string Normalize(string name) => name.Trim().ToLowerInvariant() switch
    {
        "development" => "dev",
        "production" => "prod",
        var other => other,
    };

    public static bool IsKnown(string name) => name is "dev" or "test" or "staging" or "prod";
}
