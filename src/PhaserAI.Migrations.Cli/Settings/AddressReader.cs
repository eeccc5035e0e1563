using System.Data.Common;
using Npgsql;
using PhaserAI.Migrations.Aws;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>Puts one address together.</summary>
/// <param name="settings">Where its parts are looked up.</param>
/// <param name="named">What names the server.</param>
/// <param name="service">The service, when that is what names it.</param>
internal sealed class AddressReader(SettingReader settings, SettingValue named, ServiceFile? service)
{
    private const string Download =
        "mkdir -p infra/certs && curl -o infra/certs/global-bundle.pem https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem";

    private readonly Dictionary<Setting, string> _origins = [];

    /// <summary>The secret, where one is set and has been read.</summary>
    public DatabaseSecret? Secret { get; init; }

    /// <exception cref="UsageException">A value can't be used.</exception>
    public DatabaseAddress FromUrl(ProjectFolder project)
    {
        var address = DatabaseUrl.Read(named);
        foreach (var setting in (Setting[])[KnownSettings.Host, KnownSettings.Port, KnownSettings.Database, KnownSettings.User])
            _origins[setting] = named.Source;
        if (address.Password is not null)
            _origins[KnownSettings.Password] = named.Source;
        return Complete(address, project);
    }

    /// <exception cref="UsageException">A value can't be used.</exception>
    public DatabaseAddress FromParts(ProjectFolder project)
    {
        var address = new NpgsqlConnectionStringBuilder
        {
            Host = (Part(KnownSettings.Host, "host") ?? Part(KnownSettings.Host, "hostaddr"))?.Text,
            Username = Part(KnownSettings.User, "user")?.Text ?? Environment.UserName,
        };
        if (service is not null && string.IsNullOrEmpty(address.Host))
            throw new UsageException($"the service {service.Name.Text} ({FilePlace.Of(service.File, service.Line, 0)}) names no host", "Write host=… below it; /var/run/postgresql or another folder is the server's local socket.");
        address.Port = KnownSettings.Port.TryReadNumber(Part(KnownSettings.Port, "port")?.OrThrow(KnownSettings.Port).Text ?? KnownSettings.Port.Default!, out var port) ? port : 0;
        address.Database = Part(KnownSettings.Database, "dbname")?.Text ?? address.Username;
        service?.ApplyTo(address);
        if (Secret is not null)
            Apply(Secret, address);
        return Complete(address, project);
    }

    /// <summary>What the secret says goes before libpq's variables, which may be of another server, and after the tool's own.</summary>
    private void Apply(DatabaseSecret secret, NpgsqlConnectionStringBuilder address)
    {
        if (secret.Host is { } host && !IsOurs(KnownSettings.Host))
            address.Host = host;
        if (secret.Port is { } port && !IsOurs(KnownSettings.Port))
            address.Port = port;
        if (secret.User is { } user && !IsOurs(KnownSettings.User))
            address.Username = user;
        if (!IsOurs(KnownSettings.Database))
            address.Database = secret.Database ?? settings.Get(KnownSettings.Database) ?? address.Username;

        bool IsOurs(Setting setting) => settings.Find(setting) is { } given && !Setting.IsForeign(given.Name);
    }

    private DatabaseAddress Complete(NpgsqlConnectionStringBuilder address, ProjectFolder project)
    {
        if (address.Password is null)
            FindPassword(address);
        ApplyTls(address, project);
        if (IsOwn(address, "Timeout", KnownSettings.ConnectTimeout))
            address.Timeout = settings.GetDuration(KnownSettings.ConnectTimeout) is { Ticks: > 0 } limit ? (int)Math.Clamp(limit.TotalSeconds, 1, 1024) : 0; // without end
        return new DatabaseAddress(address, named, _origins);
    }

    /// <summary>What the service says goes before PG variables and weaker places.</summary>
    private SettingValue? Part(Setting setting, string parameter)
    {
        var value = settings.Find(setting);
        if (service?.Find(parameter) is not { } ofService || GoesBefore(value))
            return value;
        _origins[setting] = ofService.Source;
        return ofService;
    }

    /// <summary>Puts the password in that does not stand in the address.</summary>
    private void FindPassword(NpgsqlConnectionStringBuilder address)
    {
        var file = settings.PasswordFile(service);
        if (Part(KnownSettings.Password, "password") is { } given)
        {
            address.Password = given.Text;
            _origins[KnownSettings.Password] = given.Source;
        }
        else if (PasswordFile.Find(file, address.Host!, address.Port, address.Database ?? "", address.Username ?? "") is var (password, line))
        {
            address.Password = password;
            _origins[KnownSettings.Password] = FilePlace.Of(file, line, 0);
        }
        else if (!OperatingSystem.IsWindows())
        {
            // Npgsql would look again, and fail where the file has a line that does not fit.
            address.Passfile = "/dev/null";
        }
    }

    private void ApplyTls(NpgsqlConnectionStringBuilder address, ProjectFolder project)
    {
        if (IsOwn(address, "SSL Mode", KnownSettings.SslMode))
        {
            if (settings.Find(KnownSettings.SslMode) is { } mode && DatabaseAddress.IsVerifyCa(mode.Text))
                throw NoVerifyCa(mode.Where);
            address.SslMode = DatabaseAddress.ReadSslMode(settings.GetChoice(KnownSettings.SslMode))!.Value;
        }

        if (address.SslMode is SslMode.VerifyCA)
            throw NoVerifyCa(named.Where);
        if (address.SslMode is not SslMode.VerifyFull)
            return;

        var bundle = Path.Combine(project.Path, "infra", "certs", "global-bundle.pem");
        if (IsOwn(address, "Root Certificate", KnownSettings.SslRootCertificate))
            address.RootCertificate = settings.GetPath(KnownSettings.SslRootCertificate) ?? (File.Exists(bundle) ? bundle : null);
        if (address.RootCertificate is { } certificate && !File.Exists(certificate))
            throw new UsageException($"the root certificate {certificate} is not there", $"Download the bundle of your provider, for RDS: {Download}");
        // RDS signs with authorities of its own, which no system knows; its proxies alone have public certificates (RDS user guide).
        if (address.RootCertificate is null && address.Host!.Contains(".rds.amazonaws.com", StringComparison.OrdinalIgnoreCase) && !address.Host.Contains(".proxy-", StringComparison.OrdinalIgnoreCase))
            throw new UsageException("the root certificates of RDS are not there", $"Download them, or set DB_SSLROOTCERT to where they are: {Download}");
    }

    /// <summary>Measured: with it Npgsql takes a certificate for another host.</summary>
    private static UsageException NoVerifyCa(string where) => new(
        $"{where} is verify-ca, which takes the certificate of any host that the same authority has signed, on RDS every other customer's",
        "Set it to verify-full.");

    /// <summary>
    /// Whether the setting or its default counts, and not what the URL or the service says.
    /// NpgsqlConnectionStringBuilder.ContainsKey says yes to every key there is, given or not (measured).
    /// </summary>
    private bool IsOwn(NpgsqlConnectionStringBuilder address, string keyword, Setting setting)
    {
        if (!new DbConnectionStringBuilder { ConnectionString = address.ConnectionString }.ContainsKey(keyword) || GoesBefore(settings.Find(setting)))
            return true;
        _origins[setting] = named.Source;
        return false;
    }

    /// <summary>Whether a setting goes before the same thing in what names the server: it does from a place as strong.</summary>
    private bool GoesBefore(SettingValue? value) => value?.Strength >= named.Strength && (service is null || !Setting.IsForeign(value.Name));
}
