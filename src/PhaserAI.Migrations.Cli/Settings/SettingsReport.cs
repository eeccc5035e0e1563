using System.Collections.Immutable;
using System.Globalization;
using Npgsql;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>What a call with these settings would work with; the answer of <c>settings</c>. No server was asked.</summary>
/// <param name="Environment">dev, test, staging or prod.</param>
/// <param name="Project">The project's folder.</param>
/// <param name="Files">The files of settings that there are.</param>
/// <param name="Database">The database, in words.</param>
/// <param name="Settings">Every setting.</param>
/// <param name="Problems">What would stop any command.</param>
/// <param name="Notes">Why something has no effect.</param>
internal sealed record SettingsReport(
    string Environment, string Project, ImmutableArray<string> Files, string Database,
    ImmutableArray<EffectiveSetting> Settings, ImmutableArray<SettingProblem> Problems, ImmutableArray<string> Notes)
{
    private const string Mask = "***";

    public static SettingsReport Of(CliHost host, ProjectFolder project, SettingReader reader)
    {
        var problems = ImmutableArray.CreateBuilder<SettingProblem>();
        problems.AddRange(reader.Problems);
        DatabaseAddress? address = null;
        var isInSecret = AwsLogin.IdOf(reader) is not null && reader.Find(KnownSettings.Host) is null;
        try
        {
            address = isInSecret ? null : DatabaseAddress.Find(reader, project);
            if (address is null && !isInSecret && !reader.Rules.MayUseEmbedded)
                problems.Add(NoDatabase(reader.Rules));
        }
        catch (UsageException unusable)
        {
            problems.Add(new SettingProblem(unusable.Message, unusable.Next));
        }

        foreach (var setting in KnownSettings.All)
        {
            // An environment that there is not is among the reader's own.
            if (setting != KnownSettings.Environment && address?.Origins.ContainsKey(setting) is not true && reader.Find(setting)?.Check(setting) is { } problem)
                problems.Add(problem);
        }

        return new SettingsReport(
            reader.Rules.Name,
            project.Path,
            reader.Files,
            address?.Builder is { } builder ? $"{builder.Database} on {builder.Host}:{builder.Port}, user {builder.Username}"
                : problems.Count > 0 ? "not known, because of the problems below"
                : isInSecret ? "the one that the secret names, which was not read"
                : "the development database of the project",
            [.. KnownSettings.All.Select(setting => Read(setting, host, project, reader, address))],
            [.. problems.Distinct()],
            [.. reader.Notes]);
    }

    /// <summary>What is said where nothing names a server, and the environment wants one.</summary>
    public static SettingProblem NoDatabase(EnvironmentRules rules) =>
        new($"no database is set for the environment {rules.Name}", "Set DB_HOST, DB_NAME, DB_USER and DB_PASSWORD, or DATABASE_URL.");

    private static EffectiveSetting Read(Setting setting, CliHost host, ProjectFolder project, SettingReader reader, DatabaseAddress? address)
    {
        var given = reader.Find(setting);
        if (address?.Origins.GetValueOrDefault(setting) is { } origin)
            return new EffectiveSetting(setting, setting.IsSecret ? Mask : InAddress(setting, address.Builder), origin, IsUsed: true);
        if (given is not null)
        {
            var isOther = address is not null && setting.NamesServer && given != address.Named;
            return new EffectiveSetting(setting, Show(setting, given), given.Source, IsUsed: !isOther);
        }

        var value = setting == KnownSettings.Migrations
            ? ProjectFolder.Shorten(Path.Combine(project.Path, "infra", "migrations"), host.CurrentDirectory)
            : reader.DefaultOf(setting);
        var source = value is null ? "not set" : setting.DefaultOf?.Invoke(reader.Rules) is null ? "default" : $"default of {reader.Rules.Name}";
        if (address is not null && InAddress(setting, address.Builder) is { } known)
            value = known;
        // Words say where the value will come from.
        return value?.Contains(' ', StringComparison.Ordinal) is true && value == setting.Default
            ? new EffectiveSetting(setting, null, $"{source}: {value}", IsUsed: true)
            : new EffectiveSetting(setting, value, source, IsUsed: true);
    }

    private static string? InAddress(Setting setting, NpgsqlConnectionStringBuilder address) =>
        setting == KnownSettings.Host ? address.Host
        : setting == KnownSettings.Port ? address.Port.ToString(CultureInfo.InvariantCulture)
        : setting == KnownSettings.Database ? address.Database
        : setting == KnownSettings.User ? address.Username
        : setting == KnownSettings.SslMode ? KnownSettings.SslMode.ReadChoice(address.SslMode.ToString())
        : setting == KnownSettings.SslRootCertificate ? address.RootCertificate
        : setting == KnownSettings.ConnectTimeout ? $"{address.Timeout}s"
        : null;

    private static string Show(Setting setting, SettingValue given)
    {
        if (setting == KnownSettings.DatabaseUrl)
            return DatabaseUrl.Masked(given, Mask);
        return setting.IsSecret ? Mask : setting.ReadChoice(given.Text) ?? given.Text;
    }
}

/// <summary>A setting with the value that counts.</summary>
/// <param name="Setting">Which.</param>
/// <param name="Value">As it may be shown; null when there is none.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="IsUsed">False for an address that is set beside the one that counts.</param>
internal sealed record EffectiveSetting(Setting Setting, string? Value, string Source, bool IsUsed);
