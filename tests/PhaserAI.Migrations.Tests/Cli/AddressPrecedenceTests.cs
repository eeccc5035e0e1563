using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>A whole address comes from the strongest place that names a server; what other places say of other servers is not mixed in.</summary>
public sealed class AddressPrecedenceTests(PostgresServer server)
{
    [Fact]
    public async Task DATABASE_URL_of_the_environment_goes_before_DB_HOST_of_a_file()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        Write(folder, ".env", "DB_HOST=dotenv.invalid\nDB_NAME=x\nDB_SSLMODE=verify-full\n");
        Write(folder, "migrate.toml", "db_host = 'toml.invalid'\n");
        var address = database.Address;
        var cli = new CliRunner(folder, null) { Variables = { ["DATABASE_URL"] = $"postgres://{address.Username}@{address.Host}:{address.Port}/{address.Database}?sslmode=disable" } };
        var result = await cli.RunAsync("status");
        Assert.True(result.Code == 0, result.ToString());

        cli.Variables.Remove("DATABASE_URL");
        Assert.Contains("dotenv.invalid", (await cli.RunAsync("status")).Error, StringComparison.Ordinal);
        File.Delete(Path.Combine(folder.Project, ".env"));
        Assert.Contains("toml.invalid", (await cli.RunAsync("status")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_that_a_weaker_place_says_of_its_own_server_is_used_for_another()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database);
        cli.Variables.Remove("DB_SSLMODE");
        cli.Variables.Remove("DB_NAME");
        Write(folder, ".env", "DB_HOST=localhost\nDB_PORT=1\nDB_NAME=local\nDB_PASSWORD=local\nDB_SSLMODE=verify-full\n");
        var result = await cli.RunAsync("status", "--output", "json");
        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal("postgres", result.Json.GetProperty("target").GetProperty("database").GetString());
    }

    [Fact]
    public async Task A_place_without_a_server_of_its_own_completes_the_address()
    {
        await using var role = await TestRole.CreateAsync(server, "completed");
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        Write(folder, ".env", "DB_PASSWORD=completed\nDB_SSLMODE=disable\n");
        Write(folder, "migrate.toml", $"""
            db_name = "{database.Address.Database}"
            db_user = "{role.Name}"

            [environments.test]
            db_host = "{database.Address.Host}"
            db_port = {database.Address.Port}

            """);
        var cli = new CliRunner(folder, null) { Variables = { ["ENVIRONMENT"] = "test" } };
        var result = await cli.RunAsync("status", "--output", "json");
        Assert.True(result.Code == 0, result.ToString());

        // A single part from a stronger place goes before the same part of the address.
        cli.Variables["DB_NAME"] = "no_such_database";
        Assert.Contains("no_such_database", (await cli.RunAsync("status")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PG_variables_of_the_environment_do_not_lead_away_from_the_server_that_a_file_names()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        Write(folder, "migrate.toml", $"db_host = '{database.Address.Host}'\ndb_port = {database.Address.Port}\ndb_name = '{database.Address.Database}'\ndb_sslmode = 'disable'\n");
        var cli = new CliRunner(folder, null) { Variables = { ["PGHOST"] = "pg.invalid", ["PGDATABASE"] = "other", ["PGUSER"] = database.Address.Username! } };
        var result = await cli.RunAsync("status", "--output", "json");
        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal(database.Address.Database, result.Json.GetProperty("target").GetProperty("database").GetString());
    }

    private static void Write(MigrationFolder folder, string name, string text) => File.WriteAllText(Path.Combine(folder.Project, name), text);
}
