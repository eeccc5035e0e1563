using System.Globalization;
using Npgsql;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>
/// Reads DATABASE_URL: libpq's URI form (PostgreSQL manual, 34.1.1.2) or an Npgsql connection string. Messages never
/// repeat any of it: where it is malformed, nobody knows which part is the password.
/// </summary>
internal static class DatabaseUrl
{
    private const string Mend = "Write it as postgres://user:password@host:port/database, with special characters percent-encoded (@ is %40, / is %2F, # is %23, ? is %3F).";
    private const string Parameters = "Use sslmode, sslrootcert, application_name, connect_timeout, options, channel_binding or search_path.";

    /// <param name="url">The setting.</param>
    /// <param name="byDefault">The database when the URL has no path; null means the user's name, as libpq does it.</param>
    /// <exception cref="UsageException">It can't be read.</exception>
    public static NpgsqlConnectionStringBuilder Read(SettingValue url, string? byDefault = null)
    {
        var (text, where) = (url.Text.Trim(), url.Where);
        if (!text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) && !text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase))
            return ReadConnectionString(text, where);
        // An @ further on means that a slash or question mark in the password ended the host's part too early.
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Fragment.Length > 0 || uri.PathAndQuery.Contains('@', StringComparison.Ordinal))
            throw new UsageException($"{where} can't be read", Mend);

        var (user, password) = Split(uri.UserInfo, ':');
        var address = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host.Trim('[', ']'),
            Port = uri.Port > 0 ? uri.Port : NpgsqlConnection.DefaultPort,
            Username = user.Length > 0 ? Uri.UnescapeDataString(user) : Environment.UserName,
        };
        if (password.Length > 0)
            address.Password = Uri.UnescapeDataString(password);
        var database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        address.Database = database.Length > 0 ? database : byDefault ?? address.Username;
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
            ApplyParameter(address, pair, where);
        return address;
    }

    /// <summary>The same text without the password; nothing of it where it can't be read.</summary>
    public static string Masked(SettingValue url, string mask)
    {
        try
        {
            var address = Read(url);
            var text = url.Text.Trim();
            if (!text.Contains("://", StringComparison.Ordinal))
            {
                address.Password = address.Password is null ? null : mask;
                address.SslPassword = address.SslPassword is null ? null : mask;
                return address.ConnectionString;
            }

            var user = text.IndexOf("://", StringComparison.Ordinal) + 3;
            var host = text.LastIndexOf('@');
            var colon = host < 0 ? -1 : text.IndexOf(':', user, host - user);
            return colon < 0 ? text : $"{text[..colon]}:{mask}{text[host..]}";
        }
        catch (UsageException)
        {
            return mask;
        }
    }

    private static void ApplyParameter(NpgsqlConnectionStringBuilder address, string pair, string where)
    {
        var (name, raw) = Split(pair, '=');
        var value = Uri.UnescapeDataString(raw);
        switch (name)
        {
            case "sslmode":
                address.SslMode = DatabaseAddress.ReadSslMode(value)
                    ?? throw new UsageException($"sslmode in {where} is none of {string.Join(", ", KnownSettings.SslMode.Choices)}", "Write it as sslmode=verify-full.");
                break;
            case "sslrootcert":
                address.RootCertificate = value;
                break;
            case "application_name":
                address.ApplicationName = value;
                break;
            case "options":
                address.Options = value;
                break;
            case "connect_timeout":
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
                    throw new UsageException($"connect_timeout in {where} is no number of seconds", "Write it as connect_timeout=10.");
                address.Timeout = Math.Clamp(seconds, 0, 1024);
                break;
            case "channel_binding" when Enum.TryParse<ChannelBinding>(value, ignoreCase: true, out var binding):
                address.ChannelBinding = binding;
                break;
            case "search_path" or "schema":
                address.SearchPath = value;
                break;
            default:
                throw new UsageException($"{where} has a parameter that is not supported, or a ? in the password", $"{Parameters} {Mend}");
        }
    }

    private static NpgsqlConnectionStringBuilder ReadConnectionString(string text, string where)
    {
        try
        {
            var address = new NpgsqlConnectionStringBuilder(text);
            if (string.IsNullOrEmpty(address.Host))
                throw new UsageException($"{where} names no host", Mend);
            // libpq's host=h password=p, of which Npgsql makes a host with a password in its name
            if (address.Host.Contains('=', StringComparison.Ordinal) || address.Host.Split(',').Any(host => host.Trim().Any(char.IsWhiteSpace)))
                throw new UsageException($"{where} can't be read", Mend);
            // As the server does it: a person who is asked for its name has to see one
            if (string.IsNullOrEmpty(address.Database))
                address.Database = string.IsNullOrEmpty(address.Username) ? Environment.UserName : address.Username;
            return address;
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or FormatException)
        {
            throw new UsageException($"{where} can't be read", Mend);
        }
    }

    private static (string Left, string Right) Split(string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
    }
}
