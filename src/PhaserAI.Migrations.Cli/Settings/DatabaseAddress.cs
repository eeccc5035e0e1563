using System.Data.Common;
using Npgsql;
using PhaserAI.Migrations.Aws;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>
/// Makes the connection string. DB_HOST, DATABASE_URL, PGSERVICE, the secret or PGHOST names the server, in this order. Beside a host, each DB_*
/// variable goes before the PG* variable of the same meaning.
/// </summary>
/// <param name="Builder">The connection.</param>
/// <param name="Server">Who says which server it is.</param>
/// <param name="Password">Who says the password; null when nobody does.</param>
internal sealed record DatabaseAddress(NpgsqlConnectionStringBuilder Builder, string Server, string? Password)
{
    private static readonly Setting[] Parts = [KnownSettings.Database, KnownSettings.Port, KnownSettings.User, KnownSettings.Password, KnownSettings.IamAuth];

    /// <summary>The connection, and where it comes from; null when nothing names a server.</summary>
    /// <exception cref="UsageException">A value can't be read, or only part of an address is given.</exception>
    public static DatabaseAddress? Find(SettingReader settings, ProjectFolder project, DatabaseSecret? secret = null)
    {
        var host = settings.Find(KnownSettings.Host);
        if (host is not null && !Setting.IsForeign(host.Name))
            return Complete(FromParts(settings, null, secret), host, null, settings, project);
        if (settings.Find(KnownSettings.DatabaseUrl) is { } url)
            return Complete(DatabaseUrl.Read(url), url, null, settings, project);
        if (settings.Find(KnownSettings.Service) is { } name)
        {
            var service = ServiceFile.Read(settings, name);
            return Complete(FromParts(settings, service), name, service, settings, project);
        }

        if (secret is { Host: not null } || (secret is not null && host is not null))
            return Complete(FromParts(settings, null, secret), settings.Find(KnownSettings.Secret)!, null, settings, project);
        if (secret is not null)
            throw new UsageException($"{settings.SourceOf(KnownSettings.Secret)} is set, but neither it nor DB_HOST names a host", "Set DB_HOST to the database's endpoint.");
        if (host is not null)
            return Complete(FromParts(settings, null), host, null, settings, project);
        if (Parts.Select(settings.Find).FirstOrDefault(IsLonely) is { } lonely)
            throw new UsageException($"{lonely.Where} is set, but DB_HOST is not", $"Set DB_HOST too (localhost for a server on this machine), or unset {lonely.Name}.");
        return null;
    }

    /// <summary>
    /// A part of an address without the server: a forgotten DB_HOST must not lead to the development database. What migrate.toml says
    /// is for environments that do name a server.
    /// </summary>
    private static bool IsLonely(SettingValue? part) => part is { Strength: > SettingReader.Toml } && !Setting.IsForeign(part.Name);

    private static NpgsqlConnectionStringBuilder FromParts(SettingReader settings, ServiceFile? service, DatabaseSecret? secret = null)
    {
        var address = new NpgsqlConnectionStringBuilder
        {
            Host = Part(KnownSettings.Host, "host", settings, service)?.Text ?? service?.Find("hostaddr")?.Text,
            Username = Part(KnownSettings.User, "user", settings, service)?.Text ?? Environment.UserName,
        };
        if (service is not null && string.IsNullOrEmpty(address.Host))
            throw new UsageException($"the service {service.Name.Text} ({FilePlace.Of(service.File, service.Line, 0)}) names no host", "Write host=… below it; /var/run/postgresql or another folder is the server's local socket.");
        address.Port = Part(KnownSettings.Port, "port", settings, service) is not { } port ? settings.GetNumber(KnownSettings.Port)
            : KnownSettings.Port.TryReadNumber(port.Text, out var number) ? number
            : throw ServiceFile.Wrong(port, KnownSettings.Port);
        address.Database = Part(KnownSettings.Database, "dbname", settings, service)?.Text ?? address.Username;
        service?.ApplyTo(address);
        if (secret is not null)
            Apply(secret, address, settings);
        return address;
    }

    /// <summary>What the secret says goes before libpq's variables, which may be of another server, and after the tool's own.</summary>
    private static void Apply(DatabaseSecret secret, NpgsqlConnectionStringBuilder address, SettingReader settings)
    {
        if (secret.Host is { } host && !IsOwn(KnownSettings.Host))
            address.Host = host;
        if (secret.Port is { } port && !IsOwn(KnownSettings.Port))
            address.Port = port;
        if (secret.User is { } user && !IsOwn(KnownSettings.User))
            address.Username = user;
        if (!IsOwn(KnownSettings.Database))
            address.Database = secret.Database ?? settings.Get(KnownSettings.Database) ?? address.Username;

        bool IsOwn(Setting setting) => settings.Find(setting) is { } given && !Setting.IsForeign(given.Name);
    }

    /// <summary>What the service says goes before PG variables and weaker places.</summary>
    private static SettingValue? Part(Setting setting, string parameter, SettingReader settings, ServiceFile? service) =>
        settings.Find(setting) is { } value && (service?.Find(parameter) is null || GoesBefore(value, service.Name, service)) ? value : service?.Find(parameter);

    private static DatabaseAddress Complete(NpgsqlConnectionStringBuilder address, SettingValue named, ServiceFile? service, SettingReader settings, ProjectFolder project)
    {
        ApplyTls(address, named, service, settings, project);
        if (!IsSet(address, "Timeout") || GoesBefore(settings.Find(KnownSettings.ConnectTimeout), named, service))
            address.Timeout = (int)Math.Clamp(settings.GetDuration(KnownSettings.ConnectTimeout).TotalSeconds, 1, 1024);
        return new DatabaseAddress(
            address,
            service is null ? named.Source : $"{named.Source}, {FilePlace.Of(service.File, service.Line, 0)}",
            address.Password is null ? FindPassword(address, service, settings) : named.Source);
    }

    /// <summary>Puts the password in that stands elsewhere; who says it.</summary>
    private static string? FindPassword(NpgsqlConnectionStringBuilder address, ServiceFile? service, SettingReader settings)
    {
        if (Part(KnownSettings.Password, "password", settings, service) is { } given)
        {
            address.Password = given.Text;
            return given.Source;
        }

        var file = settings.PasswordFile(service);
        if (PasswordFile.Find(file, address.Host!, address.Port, address.Database ?? "", address.Username ?? "") is var (password, line))
        {
            address.Password = password;
            return FilePlace.Of(file, line, 0);
        }

        // Npgsql would look again, and fail where the file has a line that does not fit.
        if (!OperatingSystem.IsWindows())
            address.Passfile = "/dev/null";
        return null;
    }

    /// <summary>What the address itself says goes before a setting from a weaker place.</summary>
    private static void ApplyTls(NpgsqlConnectionStringBuilder address, SettingValue named, ServiceFile? service, SettingReader settings, ProjectFolder project)
    {
        if (!IsSet(address, "SSL Mode") || GoesBefore(settings.Find(KnownSettings.SslMode), named, service))
        {
            if (settings.Find(KnownSettings.SslMode) is { } mode && IsVerifyCa(mode.Text))
                throw NoVerifyCa(mode.Where);
            address.SslMode = ReadSslMode(settings.GetChoice(KnownSettings.SslMode))!.Value;
        }

        if (address.SslMode is SslMode.VerifyCA)
            throw NoVerifyCa(named.Where);
        if (address.SslMode is not SslMode.VerifyFull)
            return;

        var bundle = Path.Combine(project.Path, "infra", "certs", "global-bundle.pem");
        if (address.RootCertificate is null || GoesBefore(settings.Find(KnownSettings.SslRootCertificate), named, service))
            address.RootCertificate = settings.GetPath(KnownSettings.SslRootCertificate) ?? (File.Exists(bundle) ? bundle : null);
        if (address.RootCertificate is { } certificate && !File.Exists(certificate))
            throw new UsageException($"the root certificate {certificate} is not there", $"Download the bundle of your provider, for RDS: {Download}");
        // RDS signs with authorities of its own, which no system knows; its proxies alone have public certificates (RDS user guide).
        if (address.RootCertificate is null && address.Host!.Contains(".rds.amazonaws.com", StringComparison.OrdinalIgnoreCase) && !address.Host.Contains(".proxy-", StringComparison.OrdinalIgnoreCase))
            throw new UsageException("the root certificates of RDS are not there", $"Download them, or set DB_SSLROOTCERT to where they are: {Download}");
    }

    /// <summary>Whether a setting goes before the same thing in what names the server.</summary>
    private static bool GoesBefore(SettingValue? value, SettingValue named, ServiceFile? service) =>
        value?.Strength >= named.Strength && (service is null || !Setting.IsForeign(value.Name));

    /// <summary>Null when there is no such mode.</summary>
    internal static SslMode? ReadSslMode(string? text) => IsVerifyCa(text ?? "") ? SslMode.VerifyCA : KnownSettings.SslMode.ReadChoice(text ?? "") switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-full" => SslMode.VerifyFull,
        _ => null,
    };

    private const string Download =
        "mkdir -p infra/certs && curl -o infra/certs/global-bundle.pem https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem";

    private static bool IsVerifyCa(string text) => text.Trim().Replace("-", "", StringComparison.Ordinal).Equals("verifyca", StringComparison.OrdinalIgnoreCase);

    /// <summary>Measured: with it Npgsql takes a certificate for another host.</summary>
    private static UsageException NoVerifyCa(string where) => new(
        $"{where} is verify-ca, which takes the certificate of any host that the same authority has signed, on RDS every other customer's",
        "Set it to verify-full.");

    /// <summary>NpgsqlConnectionStringBuilder.ContainsKey says yes to every key there is, given or not (measured).</summary>
    private static bool IsSet(NpgsqlConnectionStringBuilder address, string key) =>
        new DbConnectionStringBuilder { ConnectionString = address.ConnectionString }.ContainsKey(key);
}
