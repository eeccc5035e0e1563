using System.Net;
using System.Net.Sockets;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>Whatever stands between the tool and the database: a sentence that helps, exit code 5, and no password.</summary>
public sealed class ConnectionTests(PostgresServer server)
{
    private const string Secret = "open-sesame-4711";

    [Fact]
    public async Task A_wrong_password_is_called_that()
    {
        await using var role = await TestRole.CreateAsync(server, "right");
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database) { Variables = { ["DB_USER"] = role.Name, ["DB_PASSWORD"] = Secret } };

        AssertFails(await cli.RunAsync("status"), $"refused the password of user {role.Name}", "Check the user and the password");

        cli.Variables["DB_PASSWORD"] = "right";
        Assert.Equal(0, (await cli.RunAsync("status")).Code);
    }

    [Fact]
    public async Task A_password_that_is_not_set_is_asked_for()
    {
        await using var role = await TestRole.CreateAsync(server, "right");
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database) { Variables = { ["DB_USER"] = role.Name } };
        cli.Variables.Remove("DB_PASSWORD");

        AssertFails(await cli.RunAsync("status"), $"wants a password for user {role.Name}", "Set DB_PASSWORD");
    }

    [Fact]
    public async Task A_server_is_reached_through_its_socket_file_too()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable("MIGRATE_TEST_DB") is { Length: > 0 }, "the server of the tests has no socket file");
        var data = "";
        await using var own = new PostgresServer
        {
            Prepare = folder => Task.FromResult(data = folder),
            Settings = "-c unix_socket_directories=.", // of the data
        };
        await own.InitializeAsync();
        await using var database = await own.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000001_a.sql", "CREATE TABLE a (n int);\nCREATE INDEX CONCURRENTLY i ON a (n);\n");
        var cli = new CliRunner(folder, database) { Variables = { ["DB_HOST"] = data } };

        var up = await cli.RunAsync("up");

        Assert.True(up.Code == 0, up.ToString());
        Assert.Equal("1", await database.AskAsync("select count(*) from schema_migrations"));
    }

    [Fact]
    public async Task A_port_where_nobody_listens_says_so()
    {
        using var folder = new MigrationFolder();
        AssertFails(await RunAsync(folder, FreePort()), "no PostgreSQL server listens at 127.0.0.1", "that the server runs");
    }

    [Fact]
    public async Task A_host_that_is_not_known_is_named()
    {
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, null) { Variables = { ["DB_HOST"] = "db.invalid" } };
        AssertFails(await cli.RunAsync("status"), "the host name db.invalid is not known", "DB_HOST");
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var folder = new MigrationFolder();
        AssertFails(await RunAsync(folder, ((IPEndPoint)listener.LocalEndpoint).Port), "no answer from 127.0.0.1", "firewall");
    }

    [Fact]
    public async Task A_server_that_hangs_up_is_no_PostgreSQL_server()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var hangUp = Task.Run(async () => (await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken)).Dispose(), TestContext.Current.CancellationToken);
        using var folder = new MigrationFolder();
        var result = await RunAsync(folder, ((IPEndPoint)listener.LocalEndpoint).Port);
        await hangUp;
        AssertFails(result, "127.0.0.1", "Check the host and the port");
    }

    [Fact]
    public async Task A_database_that_is_not_there_comes_with_the_command_that_makes_it()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database) { Variables = { ["DB_NAME"] = "no_such_database" } };
        AssertFails(await cli.RunAsync("up"), "has no database no_such_database", "createdb -h");
    }

    [Fact]
    public async Task A_user_that_is_not_there_is_named()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database) { Variables = { ["DB_USER"] = "nobody_at_all" } };
        AssertFails(await cli.RunAsync("up"), "nobody_at_all", "DB_USER");
    }

    [Fact]
    public async Task A_server_without_TLS_is_told_apart_from_one_with_a_wrong_certificate()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database) { Variables = { ["DB_SSLMODE"] = "verify-full" } };
        AssertFails(await cli.RunAsync("status"), "offers no TLS, and the TLS mode verify-full demands it", "DB_SSLMODE");
    }

    [Theory]
    [InlineData("staging")]
    [InlineData("prod")]
    public async Task Staging_and_prod_demand_TLS_unless_told_otherwise(string environment)
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database) { Variables = { ["ENVIRONMENT"] = environment } };
        cli.Variables.Remove("DB_SSLMODE");
        AssertFails(await cli.RunAsync("status"), "verify-full demands it", "DB_SSLMODE");

        cli.Variables["DB_SSLMODE"] = "prefer";
        Assert.Equal(0, (await cli.RunAsync("status")).Code);
    }

    [Fact]
    public async Task A_database_without_a_free_connection_says_so()
    {
        await using var role = await TestRole.CreateAsync(server);
        await using var database = await server.CreateDatabaseAsync();
        await server.ExecuteAsync($"ALTER DATABASE {database.Address.Database} CONNECTION LIMIT 0");
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database) { Variables = { ["DB_USER"] = role.Name } };
        AssertFails(await cli.RunAsync("status"), "no connection to spare", "Try again later");
    }

    [Fact]
    public async Task A_database_that_the_user_may_not_enter_comes_with_the_GRANT()
    {
        await using var role = await TestRole.CreateAsync(server);
        await using var database = await server.CreateDatabaseAsync();
        await server.ExecuteAsync($"REVOKE CONNECT ON DATABASE {database.Address.Database} FROM PUBLIC");
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database) { Variables = { ["DB_USER"] = role.Name } };
        AssertFails(await cli.RunAsync("status"), "may not connect", "GRANT CONNECT ON DATABASE");
    }

    [Fact]
    public async Task A_read_only_database_shows_status_and_plan_and_refuses_up()
    {
        await using var database = await server.CreateDatabaseAsync();
        await server.ExecuteAsync($"ALTER DATABASE {database.Address.Database} SET default_transaction_read_only = on");
        using var folder = new MigrationFolder();
        folder.Write("20250101_000000_a.sql", "CREATE TABLE a ();\n");
        var cli = new CliRunner(folder, database);

        Assert.Contains("0 applied, 1 pending", (await cli.RunAsync("status")).Out, StringComparison.Ordinal);
        Assert.Contains("CREATE TABLE a ()", (await cli.RunAsync("plan")).Out, StringComparison.Ordinal);
        AssertFails(await cli.RunAsync("up"), "read-only", "Connect to the writer");
    }

    [Fact]
    public async Task A_user_who_may_not_create_tables_gets_the_GRANT_to_run()
    {
        await using var role = await TestRole.CreateAsync(server);
        await using var database = await server.CreateDatabaseAsync();
        await database.ExecuteAsync("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        using var folder = new MigrationFolder();
        folder.Write("20250101_000000_a.sql", "SELECT 1;\n");
        var cli = new CliRunner(folder, database) { Variables = { ["DB_USER"] = role.Name } };

        var grant = $"GRANT USAGE, CREATE ON SCHEMA \"public\" TO \"{role.Name}\"";
        AssertFails(await cli.RunAsync("up"), $"user {role.Name} may not create tables in schema public", grant);

        await database.ExecuteAsync(grant);
        var result = await cli.RunAsync("up");
        Assert.True(result.Code == 0, result.ToString());
    }

    private static Task<CliResult> RunAsync(MigrationFolder folder, int port)
    {
        var cli = new CliRunner(folder, null)
        {
            Variables = { ["DB_HOST"] = "127.0.0.1", ["DB_PORT"] = $"{port}", ["DB_PASSWORD"] = Secret, ["DB_CONNECT_TIMEOUT"] = "1s" },
        };
        return cli.RunAsync("status");
    }

    private static void AssertFails(CliResult result, string message, string next)
    {
        Assert.True(result.Code == 5, result.ToString());
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains(next, result.Error[result.Error.IndexOf("next:", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, result.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", result.Error, StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
