using System.Collections.Immutable;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>What an environment allows and demands.</summary>
/// <param name="Name">dev, test, staging or prod.</param>
/// <param name="MayUseEmbedded">Whether a PostgreSQL of the tool's own is used when no server is named.</param>
/// <param name="Drift">What to do about differences between files and history.</param>
/// <param name="SslMode">The TLS mode when none is set.</param>
/// <param name="MustConfirm">Whether a person has to say yes before anything is changed.</param>
/// <param name="Backup">Whether a backup is made before up and down.</param>
internal sealed record EnvironmentRules(string Name, bool MayUseEmbedded, DriftPolicy Drift, string SslMode, bool MustConfirm, BackupPolicy Backup)
{
    private static readonly EnvironmentRules Dev = new("dev", true, DriftPolicy.Lenient, "prefer", false, BackupPolicy.None);
    private static readonly EnvironmentRules Test = new("test", false, DriftPolicy.Strict, "prefer", false, BackupPolicy.None);
    private static readonly EnvironmentRules Staging = new("staging", false, DriftPolicy.Strict, "verify-full", false, BackupPolicy.IfStoreIsSet);
    private static readonly EnvironmentRules Prod = new("prod", false, DriftPolicy.Strict, "verify-full", true, BackupPolicy.Required);

    /// <summary>All there are.</summary>
    public static ImmutableArray<EnvironmentRules> All { get; } = [Dev, Test, Staging, Prod];

    /// <summary>Those of the environment that is set, of dev when none is; what is wrong when there is no such environment.</summary>
    public static SettingProblem? TryRead(SettingValue? name, out EnvironmentRules rules)
    {
        rules = Dev;
        if (name is null)
            return null;
        if (KnownSettings.Environment.ReadChoice(name.Text) is { } choice)
        {
            rules = All.First(known => known.Name == choice);
            return null;
        }

        return new SettingProblem(
            $"{(name.File is null ? "" : $"{name.Where}: ")}there is no environment \"{name.Text}\"",
            KnownSettings.Environment.Guess(name.Text) + "Set ENVIRONMENT (or --environment) to dev, test, staging or prod; development and production are understood too.");
    }
}
