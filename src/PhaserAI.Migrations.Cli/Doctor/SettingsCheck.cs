using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Every place of settings: what can't be used, what contradicts what.</summary>
internal static class SettingsCheck
{
    public static Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var report = SettingsReport.Of(of.Host, of.Project, of.Reader);
        // What is wrong with the address is the address's.
        var ofAddress = AddressCheck.Wrong(of);
        var findings = report.Problems.Where(problem => problem != ofAddress).Select(problem => Finding.Problem(problem.Message, problem.Next)).ToList();
        findings.AddRange(report.Notes.Select(note => Finding.Warning(note, $"See what counts: {of.Tool} settings")));
        foreach (var other in report.Settings.Where(setting => !setting.IsUsed))
            findings.Add(Finding.Warning($"{other.Setting.Variables[0]} ({other.Source}) has no effect: another setting names the server", $"Unset it; {of.Tool} settings shows what counts."));
        if (Given(report, KnownSettings.BackupBucket) && Given(report, KnownSettings.BackupFolder))
            findings.Add(Finding.Warning("BACKUP_S3_BUCKET and BACKUP_DIR are both set: backups go to the bucket", "Unset BACKUP_DIR."));
        try
        {
            var settings = of.Call.Settings;
            of.Options = settings.ToOptions(of.Host);
            of.Settings = settings;
        }
        catch (UsageException)
        {
            // It is among the problems.
        }

        if (findings.Count == 0)
        {
            var given = report.Settings.Count(setting => setting.Source is not "not set" && !setting.Source.StartsWith("default", StringComparison.Ordinal));
            findings.Add(Finding.Ok($"{given} given, {(report.Files.IsEmpty ? "no .env and no migrate.toml" : $"some perhaps in {string.Join(", ", report.Files)}")}; {of.Tool} settings shows all"));
        }

        return Task.FromResult<IReadOnlyList<Finding>>(findings);
    }

    private static bool Given(SettingsReport report, Setting setting) =>
        report.Settings.First(effective => effective.Setting == setting) is { Value: not null } found && !found.Source.StartsWith("default", StringComparison.Ordinal);
}
