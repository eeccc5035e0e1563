using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>
/// Makes the connection string. DB_HOST, DATABASE_URL or PGHOST names the server, in this order. Beside a host, each DB_*
/// variable goes before the PG* variable of the same meaning.
/// </summary>
internal static class DatabaseAddress
{
    private static readonly string[] Parts = ["DB_NAME", "DB_PORT", "DB_USER", "DB_PASSWORD"];

    /// <summary>The connection; null when nothing names a server.</summary>
    /// <exception cref="UsageException">A value can't be read, or only part of an address is given.</exception>
    public static NpgsqlConnectionStringBuilder? Read(SettingReader settings, Func<string, string?> variable, EnvironmentRules rules, ProjectFolder project)
    {
        NpgsqlConnectionStringBuilder? address = null;
        if (!string.IsNullOrEmpty(variable("DB_HOST")))
            address = FromParts(settings);
        else if (settings.Get(KnownSettings.DatabaseUrl) is { } url)
            address = DatabaseUrl.Read(url);
        else if (!string.IsNullOrEmpty(variable("PGHOST")))
            address = FromParts(settings);
        else if (Array.Find(Parts, part => !string.IsNullOrEmpty(variable(part))) is { } lonely)
            throw new UsageException($"{lonely} is set, but DB_HOST is not", $"Set DB_HOST too (localhost for a server on this machine), or unset {lonely}.");

        if (address is null)
            return null;
        ApplyTls(address, settings, rules, project);
        if (settings.Get(KnownSettings.ConnectTimeout) is not null || !IsSet(address, "Timeout"))
            address.Timeout = (int)Math.Clamp(settings.GetDuration(KnownSettings.ConnectTimeout, TimeSpan.FromSeconds(15)).TotalSeconds, 1, 1024);
        return address;
    }

    private static NpgsqlConnectionStringBuilder FromParts(SettingReader settings)
    {
        var address = new NpgsqlConnectionStringBuilder
        {
            Host = settings.Get(KnownSettings.Host),
            Port = ReadPort(settings),
            Username = settings.Get(KnownSettings.User) ?? Environment.UserName,
            Password = settings.Get(KnownSettings.Password),
        };
        address.Database = settings.Get(KnownSettings.Database) ?? address.Username;
        return address;
    }

    private static int ReadPort(SettingReader settings)
    {
        if (settings.Get(KnownSettings.Port) is not { } text)
            return NpgsqlConnection.DefaultPort;
        return int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? port
            : throw new UsageException($"{settings.SourceOf(KnownSettings.Port)} is \"{text}\", which is no port", "Set it to a number from 1 to 65535.");
    }

    private static void ApplyTls(NpgsqlConnectionStringBuilder address, SettingReader settings, EnvironmentRules rules, ProjectFolder project)
    {
        if (settings.Get(KnownSettings.SslMode) is { } mode)
            address.SslMode = ReadSslMode(mode, settings.SourceOf(KnownSettings.SslMode));
        else if (!IsSet(address, "SSL Mode"))
            address.SslMode = ReadSslMode(rules.SslMode, rules.Name);
        if (address.SslMode is not (SslMode.VerifyCA or SslMode.VerifyFull))
            return;

        var bundle = Path.Combine(project.Path, "infra", "certs", "global-bundle.pem");
        var certificate = settings.Get(KnownSettings.SslRootCertificate) ?? address.RootCertificate ?? (File.Exists(bundle) ? bundle : null);
        if (certificate is not null && !File.Exists(certificate))
        {
            throw new UsageException(
                $"the root certificate {certificate} is not there",
                "Download the bundle of your provider, for RDS: curl -o infra/certs/global-bundle.pem https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem");
        }

        if (certificate is not null)
            address.RootCertificate = certificate;
    }

    internal static SslMode ReadSslMode(string text, string source) => text.Trim().ToLowerInvariant() switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-ca" or "verifyca" => SslMode.VerifyCA,
        "verify-full" or "verifyfull" => SslMode.VerifyFull,
        _ => throw new UsageException($"{source} is \"{text}\"", "Set it to disable, allow, prefer, require, verify-ca or verify-full."),
    };

    /// <summary>NpgsqlConnectionStringBuilder.ContainsKey says yes to every key there is, given or not (measured).</summary>
    private static bool IsSet(NpgsqlConnectionStringBuilder address, string key) =>
        new DbConnectionStringBuilder { ConnectionString = address.ConnectionString }.ContainsKey(key);
}
