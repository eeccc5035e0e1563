using System.Globalization;
using Npgsql;

namespace PhaserAI.Migrations.Backups;

/// <summary>
/// A connection string as libpq's variables (PostgreSQL manual, 34.15). They go before arguments, where "a=b" as a database's name
/// would be read as a connection string, and everybody on the machine could read them.
/// </summary>
internal static class ClientEnvironment
{
    /// <summary>Bundles of root certificates, for libpq before 16, which does not know <c>sslrootcert=system</c>.</summary>
    private static readonly string[] SystemBundles =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem", "/opt/homebrew/etc/ca-certificates/cert.pem"];

    public static IEnumerable<(string Name, string Value)> Of(NpgsqlConnectionStringBuilder address, string? passwordFile)
    {
        (string Name, string? Value)[] all =
        [
            ("PGHOST", address.Host),
            ("PGPORT", address.Port.ToString(CultureInfo.InvariantCulture)),
            ("PGUSER", address.Username),
            ("PGDATABASE", address.Database ?? address.Username),
            // The command line names none by /dev/null, so that Npgsql looks nowhere; libpq would warn.
            ("PGPASSFILE", passwordFile ?? (address.Passfile is "/dev/null" ? null : address.Passfile)),
            ("PGAPPNAME", Execution.MigrationConnection.Mark),
            ("PGCONNECT_TIMEOUT", Math.Max(address.Timeout, 2).ToString(CultureInfo.InvariantCulture)),
            ("PGOPTIONS", address.Options),
            ("PGSSLMODE", ModeOf(address.SslMode)),
            ("PGSSLROOTCERT", RootOf(address)),
            ("PGSSLCERT", address.SslCertificate),
            ("PGSSLKEY", address.SslKey),
        ];
        return all.Where(variable => !string.IsNullOrEmpty(variable.Value)).Select(variable => (variable.Name, variable.Value!));
    }

    private static string ModeOf(SslMode mode) => mode switch
    {
        SslMode.Disable => "disable",
        SslMode.Allow => "allow",
        SslMode.Require => "require",
        SslMode.VerifyCA => "verify-ca",
        SslMode.VerifyFull => "verify-full",
        _ => "prefer",
    };

    private static string? RootOf(NpgsqlConnectionStringBuilder address) => address.SslMode is SslMode.VerifyCA or SslMode.VerifyFull
        ? address.RootCertificate ?? Array.Find(SystemBundles, File.Exists) ?? "system"
        : null;
}
