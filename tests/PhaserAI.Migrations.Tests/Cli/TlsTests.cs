using System.Net;
using System.Net.Sockets;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>TLS with a server that has a certificate: what verify-full takes, what it refuses, and which check was not passed.</summary>
public sealed class TlsTests(TlsServer tls) : IClassFixture<TlsServer>
{
    [Fact]
    public async Task The_right_root_is_enough_also_as_the_second_of_a_bundle()
    {
        foreach (var root in (string[])[tls.Root, tls.Bundle])
        {
            var result = await StatusAsync(("DB_SSLROOTCERT", root));
            Assert.True(result.Code == 0, result.ToString());
        }
    }

    [Fact]
    public async Task The_bundle_of_the_project_is_found()
    {
        await using var database = (await tls.CreateDatabaseAsync()).Database;
        using var folder = new MigrationFolder();
        Directory.CreateDirectory(Path.Combine(folder.Project, "infra", "certs"));
        File.Copy(tls.Bundle, Path.Combine(folder.Project, "infra", "certs", "global-bundle.pem"));
        var cli = new CliRunner(folder, database) { Variables = { ["ENVIRONMENT"] = "staging" } };
        cli.Variables.Remove("DB_SSLMODE");
        var result = await cli.RunAsync("status");
        Assert.True(result.Code == 0, result.ToString());
    }

    [Fact]
    public async Task Another_host_is_refused_by_name()
    {
        var result = await StatusAsync(("DB_SSLROOTCERT", tls.Root), ("DB_HOST", "127.0.0.1"));
        AssertFails(result, "is for localhost, not for 127.0.0.1", "Set DB_HOST");
    }

    [Fact]
    public async Task Another_authoritys_root_is_refused_and_the_signer_named()
    {
        var result = await StatusAsync(("DB_SSLROOTCERT", tls.OtherRoot));
        AssertFails(result, $"is signed by \"CN=Test CA\", which {tls.OtherRoot} does not trust", "DB_SSLROOTCERT");
    }

    [Fact]
    public async Task The_systems_roots_do_not_know_it()
    {
        var result = await StatusAsync();
        AssertFails(result, "is signed by \"CN=Test CA\", which the system's store of root certificates does not trust", "curl -o infra/certs/global-bundle.pem");
    }

    [Fact]
    public async Task Plain_text_is_refused_with_the_mode_to_set()
    {
        var result = await StatusAsync(("DB_SSLMODE", "disable"));
        AssertFails(result, "takes encrypted connections only", "DB_SSLMODE=verify-full");
    }

    [Theory]
    [InlineData("DB_SSLMODE", "verify-ca")]
    [InlineData("DB_SSLMODE", "VerifyCA")]
    [InlineData("DATABASE_URL", "postgres://u@localhost/d?sslmode=verify-ca")]
    [InlineData("DATABASE_URL", "Host=localhost;Username=u;SSL Mode=VerifyCA")]
    public async Task Verify_ca_is_refused_because_it_takes_every_host(string variable, string value)
    {
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, null) { Variables = { [variable] = value } };
        if (variable == "DB_SSLMODE")
            cli.Variables["DB_HOST"] = "localhost";
        var result = await cli.RunAsync("status");
        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains("verify-ca, which takes the certificate of any host", result.Error, StringComparison.Ordinal);
        Assert.Contains("Set it to verify-full", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("db.abc.eu-central-1.rds.amazonaws.com", null, "the root certificates of RDS are not there")]
    [InlineData("localhost", "/no/such.pem", "the root certificate /no/such.pem is not there")]
    public async Task Missing_root_certificates_come_with_the_download_before_anybody_is_asked(string host, string? root, string message)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, null)
        {
            Variables = { ["ENVIRONMENT"] = "prod", ["DB_HOST"] = host, ["DB_PORT"] = $"{((IPEndPoint)listener.LocalEndpoint).Port}", ["DB_USER"] = "u", ["DB_PASSWORD"] = "p" },
        };
        if (root is not null)
            cli.Variables["DB_SSLROOTCERT"] = root;
        var result = await cli.RunAsync("up");
        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains("curl -o infra/certs/global-bundle.pem https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem", result.Error, StringComparison.Ordinal);
        Assert.False(listener.Pending());
    }

    private async Task<CliResult> StatusAsync(params (string Name, string Value)[] variables)
    {
        await using var database = (await tls.CreateDatabaseAsync()).Database;
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database) { Variables = { ["DB_SSLMODE"] = "verify-full" } };
        foreach (var (name, value) in variables)
            cli.Variables[name] = value;
        return await cli.RunAsync("status");
    }

    private static void AssertFails(CliResult result, string message, string next)
    {
        Assert.True(result.Code == 5, result.ToString());
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains(next, result.Error[result.Error.IndexOf("next:", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }
}
