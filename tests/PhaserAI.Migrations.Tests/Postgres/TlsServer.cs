using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Npgsql;
using Xunit;

namespace PhaserAI.Migrations.Tests.Postgres;

/// <summary>
/// A PostgreSQL with TLS on, for the tests of one class. Its certificate is for localhost, from an authority of its own; a role with
/// a password gets in encrypted only, as on RDS with <c>rds.force_ssl</c>.
/// </summary>
public sealed class TlsServer : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("phaserai-tls-");
    private PostgresServer _server = new();

    /// <summary>The hosts of its certificate.</summary>
    internal IEnumerable<string> Names { get; init; } = ["localhost"];

    /// <summary>The root certificate of the server's.</summary>
    internal string Root => Path.Combine(_folder.FullName, "root.pem");

    /// <summary>Another authority's.</summary>
    internal string OtherRoot => Path.Combine(_folder.FullName, "other.pem");

    /// <summary>Both, the server's second.</summary>
    internal string Bundle => Path.Combine(_folder.FullName, "bundle.pem");

    internal PostgresServer Server => _server;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("MIGRATE_TEST_DB") is { Length: > 0 }, "The server of MIGRATE_TEST_DB is used as it is.");
        using var authority = CreateAuthority("Test CA");
        using var other = CreateAuthority("Other CA");
        await File.WriteAllTextAsync(Root, authority.ExportCertificatePem());
        await File.WriteAllTextAsync(OtherRoot, other.ExportCertificatePem());
        await File.WriteAllTextAsync(Bundle, $"{other.ExportCertificatePem()}\n{authority.ExportCertificatePem()}\n");
        _server = new PostgresServer { Prepare = data => PrepareAsync(data, authority), Settings = "-c ssl=on" };
        await _server.InitializeAsync();
    }

    /// <summary>A new database, as a role of its own reaches it by the name in the certificate.</summary>
    internal async Task<(TestDatabase Database, string Password)> CreateDatabaseAsync()
    {
        var (role, password) = ("r_" + Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"));
        await _server.CreateRoleAsync(role, password);
        var database = await _server.CreateDatabaseAsync();
        await database.ExecuteAsync($"GRANT CREATE ON SCHEMA public TO {role}");
        return (new TestDatabase(_server, new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Host = "localhost",
            Username = role,
            Password = password,
            SslMode = SslMode.VerifyFull,
            RootCertificate = Root,
        }), password);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task PrepareAsync(string data, X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in Names)
            names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        await File.WriteAllTextAsync(Path.Combine(data, "server.crt"), certificate.ExportCertificatePem());
        var file = Path.Combine(data, "server.key");
        await File.WriteAllTextAsync(file, key.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (Environment.IsPrivilegedProcess)
            await PostgresServer.RunAsync("chown", ["postgres", file]);
        var access = Path.Combine(data, "pg_hba.conf");
        await File.WriteAllTextAsync(
            access,
            $"hostnossl all +{PostgresServer.PasswordGroup} all reject\nhostssl all +{PostgresServer.PasswordGroup} all scram-sha-256\n{await File.ReadAllTextAsync(access)}");
    }

    private static X509Certificate2 CreateAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
