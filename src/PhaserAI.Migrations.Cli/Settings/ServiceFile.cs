using System.Globalization;
using Npgsql;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>
/// A service of libpq's connection service file, which PGSERVICE names (PostgreSQL manual, 34.17). Npgsql does not know it. As with libpq, what it says
/// goes before PG variables.
/// </summary>
/// <param name="Name">PGSERVICE.</param>
/// <param name="File">The file that it stands in.</param>
/// <param name="Line">The line of its name.</param>
internal sealed record ServiceFile(SettingValue Name, string File, int Line)
{
    private static readonly string[] OfAddress =
        ["host", "hostaddr", "port", "dbname", "user", "password", "passfile", "sslmode", "sslrootcert", "connect_timeout"];

    /// <summary>libpq's other parameters, and what Npgsql calls them.</summary>
    private static readonly (string Parameter, string Keyword)[] Others =
    [
        ("sslcert", "SSL Certificate"),
        ("sslkey", "SSL Key"),
        ("sslpassword", "SSL Password"),
        ("sslnegotiation", "SSL Negotiation"),
        ("application_name", "Application Name"),
        ("options", "Options"),
        ("channel_binding", "Channel Binding"),
        ("require_auth", "Require Auth"),
        ("gssencmode", "GSS Encryption Mode"),
        ("krbsrvname", "Kerberos Service Name"),
    ];

    /// <summary>What changes nothing about which database it is and how safe the way there is.</summary>
    private static readonly string[] Ignored =
    [
        "client_encoding", "fallback_application_name", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
        "target_session_attrs", "load_balance_hosts", "sslcompression",
    ];

    private readonly Dictionary<string, SettingValue> _parameters = new(StringComparer.Ordinal);

    /// <exception cref="UsageException">There is no such service, or it has a parameter that can't be used.</exception>
    public static ServiceFile Read(SettingReader settings, SettingValue name)
    {
        var host = settings.Host;
        var given = settings.GetPath(KnownSettings.ServiceFile);
        if (given is not null && !System.IO.File.Exists(given))
            throw new UsageException($"{settings.SourceOf(KnownSettings.ServiceFile)} is {given}, which is not there", "Name the file that has the service, or unset it: then ~/.pg_service.conf is read.");
        var system = host.Variable("PGSYSCONFDIR") is { Length: > 0 } folder ? folder : "/etc/postgresql-common";
        string[] files = [given ?? Path.Combine(host.Home, ".pg_service.conf"), Path.Combine(system, "pg_service.conf")];
        foreach (var file in files)
        {
            if (System.IO.File.Exists(file) && Read(file, name) is { } service)
                return service;
        }

        throw new UsageException($"{name.Where} is \"{name.Text}\", but no file has this service", $"Write [{name.Text}] with host, dbname and user into {files[0]}.");
    }

    public SettingValue? Find(string parameter) => _parameters.GetValueOrDefault(parameter) is { Text.Length: > 0 } value ? value : null;

    /// <summary>Puts everything into a connection but what the address is made of.</summary>
    /// <exception cref="UsageException">A value can't be used.</exception>
    public void ApplyTo(NpgsqlConnectionStringBuilder address)
    {
        foreach (var (parameter, keyword) in Others)
        {
            try
            {
                if (Find(parameter) is { } value)
                    address[keyword] = value.Text;
            }
            catch (Exception unusable) when (unusable is ArgumentException or FormatException or InvalidCastException)
            {
                throw new UsageException($"{Find(parameter)!.Where} can't be used", "Write it as the PostgreSQL manual says, or remove the line.");
            }
        }

        if (Find("sslmode") is { } mode)
            address.SslMode = DatabaseAddress.ReadSslMode(mode.OrThrow(KnownSettings.SslMode).Text)!.Value;
        if (Find("sslrootcert") is { } certificate)
            address.RootCertificate = Path.GetFullPath(certificate.Text, certificate.Folder);
        if (Find("connect_timeout") is { } timeout)
        {
            address.Timeout = int.TryParse(timeout.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                ? Math.Clamp(seconds, 0, 1024)
                : throw new UsageException($"{timeout.Where} is no number of seconds", "Write it as connect_timeout=10.");
        }
    }

    /// <summary>As libpq reads it: a line is a comment, a name in brackets, or name=value without spaces around the sign.</summary>
    private static ServiceFile? Read(string file, SettingValue name)
    {
        ServiceFile? service = null;
        var number = 0;
        foreach (var raw in ReadLines(file))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line[0] == '[')
            {
                if (service is not null)
                    return service;
                if (line == $"[{name.Text}]")
                    service = new ServiceFile(name, file, number);
            }
            else
            {
                service?.Add(line, number);
            }
        }

        return service;
    }

    private void Add(string line, int number)
    {
        var place = FilePlace.Of(File, number, 0);
        var at = line.IndexOf('=', StringComparison.Ordinal);
        var name = at < 0 ? "" : line[..at];
        if (Ignored.Contains(name, StringComparer.Ordinal))
            return;
        // The line is not repeated: it may hold the password.
        if (at < 0 || line.StartsWith("ldap", StringComparison.Ordinal) || name == "service")
            throw new UsageException($"{place}: this line is no name=value", "Write host=…, port=…, dbname=…, user=…; a service in LDAP or within a service is not supported.");
        if (!OfAddress.Contains(name, StringComparer.Ordinal) && !Array.Exists(Others, other => other.Parameter == name))
            throw new UsageException($"{place}: the parameter {name} is not supported", $"Remove it, or set DB_HOST and DB_NAME instead of {Name.Name}.");
        // Of a parameter that stands there twice, libpq takes the first.
        _parameters.TryAdd(name, new SettingValue(line[(at + 1)..], name, Path.GetDirectoryName(File)!) { File = File, Line = number });
    }

    private static string[] ReadLines(string file)
    {
        try
        {
            return System.IO.File.ReadAllLines(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the service file {file} can't be read: {unreadable.Message}", "Make it readable for you.");
        }
    }
}
