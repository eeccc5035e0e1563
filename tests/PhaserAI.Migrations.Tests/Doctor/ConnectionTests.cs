using System.Net;
using System.Net.Sockets;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Doctor;

/// <summary>Where the way to the server ends, and that what lies behind it is skipped with the reason.</summary>
public sealed class ConnectionTests(PostgresServer server, TlsServer tls) : IClassFixture<TlsServer>
{
    [Fact]
    public async Task Nobody_listens()
    {
        using var folder = new MigrationFolder();
        using var unused = new TcpListener(IPAddress.Loopback, 0); // bound, but it does not listen
        unused.Server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var found = await Diagnosis.RunAsync(Of(folder, "127.0.0.1", ((IPEndPoint)unused.Server.LocalEndPoint!).Port));
        found.AssertFound("port", "problem", "connection refused", "DB_PORT");
        found.AssertFound("name", "skipped", "the address is a number");
        found.AssertFound("login", "skipped", "the server can't be reached");
        found.AssertFound("history", "skipped", "the server can't be reached");
        found.AssertFound("tool", "ok", "phaserai-migrate");
    }

    [Fact]
    public async Task The_name_is_not_known()
    {
        using var folder = new MigrationFolder();
        var found = await Diagnosis.RunAsync(Of(folder, "no-such-host.invalid", 5432));
        found.AssertFound("name", "problem", "the host name no-such-host.invalid is not known", "getent hosts no-such-host.invalid");
        found.AssertFound("port", "skipped", "the server's name is not known");
    }

    [Fact]
    public async Task The_password_is_wrong_or_the_database_missing()
    {
        using var folder = new MigrationFolder();
        await using var role = await TestRole.CreateAsync(server, "right-" + "password");
        await using var database = await server.CreateDatabaseAsync();
        var cli = new CliRunner(folder, database) { Variables = { ["DB_USER"] = role.Name, ["DB_PASSWORD"] = "wrong-password" } };
        var found = await Diagnosis.RunAsync(cli, "wrong-password");
        if (Environment.GetEnvironmentVariable("MIGRATE_TEST_DB") is null)
            found.AssertFound("login", "problem", $"refused the password of user {role.Name}", "DB_PASSWORD");
        found.AssertFound("version", "skipped", "the login failed");
        cli.Variables["DB_PASSWORD"] = "right-password";
        cli.Variables["DB_NAME"] = "no_such_database";
        (await Diagnosis.RunAsync(cli, "right-password")).AssertFound("login", "problem", "has no database no_such_database", "createdb");
    }

    [Fact]
    public async Task The_servers_certificate_is_looked_at()
    {
        var (database, password) = await tls.CreateDatabaseAsync();
        await using var _ = database;
        // It is valid for a day, and so one to be renewed.
        var right = await TlsAsync(database, password, ("DB_SSLROOTCERT", tls.Root));
        right.AssertFound("TLS", "warning", "verify-full: the certificate of localhost, signed by Test CA, ends on", "Renew");
        right.AssertFound("login", "ok", "as r_");
        var host = await TlsAsync(database, password, ("DB_SSLROOTCERT", tls.Root), ("DB_HOST", "127.0.0.1"));
        host.AssertFound("TLS", "problem", "is for localhost, not for 127.0.0.1", "Set DB_HOST");
        host.AssertFound("login", "problem", "is for localhost");
        (await TlsAsync(database, password, ("DB_SSLROOTCERT", tls.OtherRoot))).AssertFound("TLS", "problem", "is signed by \"CN=Test CA\"", "DB_SSLROOTCERT");
        (await TlsAsync(database, password, ("DB_SSLROOTCERT", "/no/such.pem"))).AssertFound("address", "problem", "the root certificate /no/such.pem is not there", "curl -o");
        (await TlsAsync(database, password, ("DB_SSLMODE", "require"))).AssertFound("TLS", "ok", "require: encrypted; whose server it is is not proved, but it is on this machine");
        // Linux takes 0.0.0.0 for this machine; the tool does not.
        (await TlsAsync(database, password, ("DB_SSLMODE", "require"), ("DB_HOST", "0.0.0.0"))).AssertFound("TLS", "warning", "nothing proves whose server it is", "DB_SSLMODE=verify-full");
    }

    [Fact]
    public async Task A_server_without_TLS_is_no_good_where_it_is_demanded()
    {
        using var folder = new MigrationFolder();
        await using var database = await server.CreateDatabaseAsync();
        var cli = new CliRunner(folder, database) { Variables = { ["DB_SSLMODE"] = "require" } };
        (await Diagnosis.RunAsync(cli)).AssertFound("TLS", "problem", "the server offers no TLS, and the mode require demands it", "ssl = on");
        cli.Variables["DB_SSLMODE"] = "prefer";
        (await Diagnosis.RunAsync(cli)).AssertFound("TLS", "ok", "offers no TLS; the server is on this machine");
        cli.Variables["DB_HOST"] = "0.0.0.0";
        (await Diagnosis.RunAsync(cli)).AssertFound("TLS", "warning", "everybody between can read the data", "DB_SSLMODE=verify-full");
        cli.Variables["DB_SSLMODE"] = "disable";
        (await Diagnosis.RunAsync(cli)).AssertFound("TLS", "warning", "TLS is off (mode disable)");
    }

    private static CliRunner Of(MigrationFolder folder, string host, int port) =>
        new(folder, null) { Variables = { ["DB_HOST"] = host, ["DB_PORT"] = $"{port}", ["DB_USER"] = "u", ["DB_SSLMODE"] = "disable" } };

    private static async Task<Diagnosis> TlsAsync(TestDatabase database, string password, params (string Name, string Value)[] variables)
    {
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database) { Variables = { ["DB_SSLMODE"] = "verify-full" } };
        foreach (var (name, value) in variables)
            cli.Variables[name] = value;
        return await Diagnosis.RunAsync(cli, password);
    }
}
