using System.Globalization;
using Npgsql;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>Makes the connection string from DB_* variables, DATABASE_URL or PG* variables; the first of them that is set counts alone.</summary>
internal static class DatabaseAddress
{
    /// <summary>The connection; null when nothing names a server.</summary>
    /// <exception cref="UsageException">A value can't be read, or only part of an address is given.</exception>
    public static NpgsqlConnectionStringBuilder? Read(SettingReader settings, Func<string, string?> variable, EnvironmentRules rules, ProjectFolder project)
    {
        var hasUrl = settings.Get(KnownSettings.DatabaseUrl) is not null;
        NpgsqlConnectionStringBuilder? address = null;
        if (!string.IsNullOrEmpty(variable("DB_HOST")))
            address = FromParts(settings);
        else if (hasUrl)
            address = DatabaseUrl.Read(settings.Get(KnownSettings.DatabaseUrl)!);
        else if (!string.IsNullOrEmpty(variable("PGHOST")))
            address = FromParts(settings);
        else if (!string.IsNullOrEmpty(variable("DB_NAME")))
            throw new UsageException("DB_NAME is set, but DB_HOST is not", "Set DB_HOST too (localhost for a server on this machine), or unset DB_NAME.");

        if (address is null)
            return null;
        ApplyTls(address, settings, rules, project);
        address.Timeout = (int)Math.Clamp(settings.GetDuration(KnownSettings.ConnectTimeout, TimeSpan.FromSeconds(15)).TotalSeconds, 1, 1024);
        return address;
    }

    private static NpgsqlConnectionStringBuilder FromParts(SettingReader settings)
    {
        var address = new NpgsqlConnectionStringBuilder
        {
            Host = settings.Get(KnownSettings.Host),
            Port = ReadPort(settings.Get(KnownSettings.Port)),
            Username = settings.Get(KnownSettings.User) ?? Environment.UserName,
            Password = settings.Get(KnownSettings.Password),
        };
        address.Database = settings.Get(KnownSettings.Database) ?? address.Username;
        return address;
    }

    private static int ReadPort(string? text)
    {
        if (text is null)
            return NpgsqlConnection.DefaultPort;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? port
            : throw new UsageException($"DB_PORT is \"{text}\", which is no port", "Set it to a number from 1 to 65535.");
    }

    private static void ApplyTls(NpgsqlConnectionStringBuilder address, SettingReader settings, EnvironmentRules rules, ProjectFolder project)
    {
        var isGiven = settings.Get(KnownSettings.SslMode) is not null;
        if (isGiven || !address.ShouldSerialize("SSL Mode"))
            address.SslMode = ReadSslMode(settings.Get(KnownSettings.SslMode) ?? rules.SslMode);
        if (address.SslMode is not (SslMode.VerifyCA or SslMode.VerifyFull))
            return;

        var given = settings.Get(KnownSettings.SslRootCertificate);
        var bundle = Path.Combine(project.Path, "infra", "certs", "global-bundle.pem");
        var certificate = given ?? (File.Exists(bundle) ? bundle : null);
        if (certificate is not null && !File.Exists(certificate))
        {
            throw new UsageException(
                $"the root certificate {certificate} is not there",
                "Download the bundle of your provider, for RDS: curl -o infra/certs/global-bundle.pem https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem");
        }

        if (certificate is not null)
            address.RootCertificate = certificate;
    }

    internal static SslMode ReadSslMode(string text) => text.Trim().ToLowerInvariant() switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-ca" or "verifyca" => SslMode.VerifyCA,
        "verify-full" or "verifyfull" => SslMode.VerifyFull,
        _ => throw new UsageException($"DB_SSLMODE is \"{text}\"", "Set it to disable, allow, prefer, require, verify-ca or verify-full."),
    };
}
