using System.Data.Common;
using Npgsql;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>
/// Makes the connection string. DB_HOST, DATABASE_URL or PGHOST names the server, in this order. Beside a host, each DB_*
/// variable goes before the PG* variable of the same meaning.
/// </summary>
internal static class DatabaseAddress
{
    private static readonly Setting[] Parts = [KnownSettings.Database, KnownSettings.Port, KnownSettings.User, KnownSettings.Password];

    /// <summary>The connection; null when nothing names a server.</summary>
    /// <exception cref="UsageException">A value can't be read, or only part of an address is given.</exception>
    public static NpgsqlConnectionStringBuilder? Read(SettingReader settings, ProjectFolder project)
    {
        NpgsqlConnectionStringBuilder? address = null;
        var strength = 0;
        var host = settings.Find(KnownSettings.Host);
        var url = settings.Find(KnownSettings.DatabaseUrl);
        if (host is not null && (url is null || !Setting.IsForeign(host.Name)))
            address = FromParts(settings);
        else if (url is not null)
            (address, strength) = (DatabaseUrl.Read(url), url.Strength);
        else if (Parts.Select(settings.Find).FirstOrDefault(IsLonely) is { } lonely)
            throw new UsageException($"{lonely.Where} is set, but DB_HOST is not", $"Set DB_HOST too (localhost for a server on this machine), or unset {lonely.Name}.");

        if (address is null)
            return null;
        ApplyTls(address, settings, strength, project);
        if (settings.Find(KnownSettings.ConnectTimeout) is not null || !IsSet(address, "Timeout"))
            address.Timeout = (int)Math.Clamp(settings.GetDuration(KnownSettings.ConnectTimeout).TotalSeconds, 1, 1024);
        return address;
    }

    /// <summary>
    /// A part of an address without the server: a forgotten DB_HOST must not lead to the development database. What migrate.toml says
    /// is for environments that do name a server.
    /// </summary>
    private static bool IsLonely(SettingValue? part) => part is { Strength: > SettingReader.Toml } && !Setting.IsForeign(part.Name);

    private static NpgsqlConnectionStringBuilder FromParts(SettingReader settings)
    {
        var address = new NpgsqlConnectionStringBuilder
        {
            Host = settings.Get(KnownSettings.Host),
            Port = settings.GetNumber(KnownSettings.Port),
            Username = settings.Get(KnownSettings.User) ?? Environment.UserName,
            Password = settings.Get(KnownSettings.Password),
        };
        address.Database = settings.Get(KnownSettings.Database) ?? address.Username;
        return address;
    }

    /// <summary>What the address itself says goes before a setting from a weaker place.</summary>
    private static void ApplyTls(NpgsqlConnectionStringBuilder address, SettingReader settings, int strength, ProjectFolder project)
    {
        var mode = settings.Find(KnownSettings.SslMode);
        if (!IsSet(address, "SSL Mode") || mode?.Strength >= strength)
            address.SslMode = ReadSslMode(settings.GetChoice(KnownSettings.SslMode))!.Value;
        if (address.SslMode is not (SslMode.VerifyCA or SslMode.VerifyFull))
            return;

        var bundle = Path.Combine(project.Path, "infra", "certs", "global-bundle.pem");
        var given = settings.Find(KnownSettings.SslRootCertificate)?.Strength is { } set && (address.RootCertificate is null || set >= strength)
            ? settings.GetPath(KnownSettings.SslRootCertificate)
            : null;
        var certificate = given ?? address.RootCertificate ?? (File.Exists(bundle) ? bundle : null);
        if (certificate is not null && !File.Exists(certificate))
        {
            throw new UsageException(
                $"the root certificate {certificate} is not there",
                "Download the bundle of your provider, for RDS: curl -o infra/certs/global-bundle.pem https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem");
        }

        if (certificate is not null)
            address.RootCertificate = certificate;
    }

    /// <summary>Null when there is no such mode.</summary>
    internal static SslMode? ReadSslMode(string? text) => KnownSettings.SslMode.ReadChoice(text ?? "") switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => null,
    };

    /// <summary>NpgsqlConnectionStringBuilder.ContainsKey says yes to every key there is, given or not (measured).</summary>
    private static bool IsSet(NpgsqlConnectionStringBuilder address, string key) =>
        new DbConnectionStringBuilder { ConnectionString = address.ConnectionString }.ContainsKey(key);
}
