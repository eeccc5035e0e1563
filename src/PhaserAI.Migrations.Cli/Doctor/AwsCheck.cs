using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Cli.Commands;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Region and credentials of AWS, where a setting makes the tool use it.</summary>
internal static class AwsCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var settings = of.Reader;
        string?[] uses =
        [
            settings.Get(KnownSettings.BackupBucket) is null ? null : "backups in S3",
            AwsLogin.IdOf(settings) is null ? null : "the secret",
            settings.GetBool(KnownSettings.IamAuth) ? "the login with IAM" : null,
            settings.GetChoice(KnownSettings.Metrics) == "cloudwatch" ? "metrics" : null,
            RdsBackupBefore.Kind(of.Call) is null or "none" ? null : "RDS's backups",
        ];
        var used = string.Join(", ", uses.OfType<string>());
        if (used.Length == 0)
            return [Finding.Skipped("no setting uses it")];
        var access = new AwsAccess(of.Host.Variable);
        var region = access.RequireRegion();
        await access.Credentials.GetCredentialsAsync();
        var from = access.Variable("AWS_ACCESS_KEY_ID") is not null ? "from AWS_ACCESS_KEY_ID" : access.Profile is { } profile ? $"of the profile {profile}" : "found";
        return [Finding.Ok($"for {used}: region {region}, credentials {from}")];
    }
}
