using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>Where the database's address comes from, and what is said when it can't be read.</summary>
public sealed class AddressTests(PostgresServer server)
{
    [Theory]
    [InlineData("postgres://{user}@{host}:{port}/{database}?sslmode=disable")]
    [InlineData("postgresql://{user}@{host}:{port}/{database}?sslmode=disable&application_name=ci&connect_timeout=7&channel_binding=prefer")]
    [InlineData("POSTGRES://%70ostgres@{host}:{port}/%74{rest}?sslmode=disable")]
    [InlineData("Host={host};Port={port};Database={database};Username={user};SSL Mode=Disable")]
    public async Task DATABASE_URL_is_a_URL_or_a_connection_string(string form)
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, null) { Variables = { ["DATABASE_URL"] = Fill(form, database) } };

        var result = await cli.RunAsync("status", "--output", "json");
        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal(database.Address.Database, result.Json.GetProperty("target").GetProperty("database").GetString());
    }

    [Fact]
    public async Task A_percent_encoded_password_is_decoded()
    {
        await using var role = await TestRole.CreateAsync(server, "p@ss/wörd:#?");
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var url = Fill($"postgres://{role.Name}:p%40ss%2Fw%C3%B6rd%3A%23%3F@{{host}}:{{port}}/{{database}}?sslmode=disable", database);
        var cli = new CliRunner(folder, null) { Variables = { ["DATABASE_URL"] = url } };

        var result = await cli.RunAsync("status");
        Assert.True(result.Code == 0, result.ToString());
        cli.Variables["DATABASE_URL"] = url.Replace("%23", "%24", StringComparison.Ordinal);
        Assert.Equal(5, (await cli.RunAsync("status")).Code);
    }

    [Theory]
    [InlineData("postgres://user:s3cr3t@/db")]
    [InlineData("postgres://user:s3cr3t@host:99999/db")]
    [InlineData("postgres://user:s3cr3t@host:port/db")]
    [InlineData("postgres://user:1/s3cr3t@host/db")]
    [InlineData("postgres://user:1?s3cr3t@host/db")]
    [InlineData("postgres://user:1#s3cr3t@host/db")]
    [InlineData("postgres://user@host/db?password=s3cr3t")]
    [InlineData("postgres://user:s3cr3t@host/db?sslmode=perhaps")]
    [InlineData("postgres://user:s3cr3t@host/db?connect_timeout=soon")]
    [InlineData("mysql://user:s3cr3t@host/db")]
    [InlineData("Username=u;Password=s3cr3t")]
    [InlineData("host=h port=5432 dbname=d user=u password=s3cr3t")]
    [InlineData("host='h' password=s3cr3t")]
    [InlineData("Host=h;Pasword=s3cr3t")]
    [InlineData("s3cr3t")]
    public async Task A_DATABASE_URL_that_can_not_be_read_is_refused_and_never_repeated(string url)
    {
        using var folder = new MigrationFolder();
        var result = await new CliRunner(folder, null) { Variables = { ["DATABASE_URL"] = url } }.RunAsync("status");
        AssertUsage(result, "DATABASE_URL");
        Assert.DoesNotContain("s3cr3t", result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PG_variables_do_when_nothing_else_is_set()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, null)
        {
            Variables =
            {
                ["PGHOST"] = database.Address.Host!,
                ["PGPORT"] = $"{database.Address.Port}",
                ["PGUSER"] = database.Address.Username!,
                ["PGDATABASE"] = database.Address.Database!,
                ["PGPASSWORD"] = database.Address.Password ?? "",
                ["PGSSLMODE"] = "disable",
            },
        };

        var result = await cli.RunAsync("status", "--output", "json");
        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal(database.Address.Database, result.Json.GetProperty("target").GetProperty("database").GetString());
    }

    [Fact]
    public async Task DB_HOST_goes_before_DATABASE_URL_and_that_before_PGHOST()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database) { Variables = { ["DATABASE_URL"] = "postgres://nobody@url.invalid/x", ["PGHOST"] = "pg.invalid" } };
        Assert.Equal(0, (await cli.RunAsync("status")).Code);

        cli.Variables.Remove("DB_HOST");
        Assert.Contains("url.invalid", (await cli.RunAsync("status")).Error, StringComparison.Ordinal);

        foreach (var name in (string[])["DATABASE_URL", "DB_NAME", "DB_PORT", "DB_USER", "DB_PASSWORD"])
            cli.Variables.Remove(name);
        Assert.Contains("pg.invalid", (await cli.RunAsync("status")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DB_NAME", "phaserai_prod")]
    [InlineData("DB_PORT", "5433")]
    [InlineData("DB_USER", "phaserai_admin")]
    [InlineData("DB_PASSWORD", "s3cr3t")]
    public async Task Half_an_address_is_no_reason_to_take_another_database(string name, string value)
    {
        using var folder = new MigrationFolder();
        var result = await new CliRunner(folder, null) { Variables = { [name] = value } }.RunAsync("up");
        AssertUsage(result, $"{name} is set, but DB_HOST is not");
        Assert.DoesNotContain("s3cr3t", result.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("test")]
    [InlineData("staging")]
    [InlineData("prod")]
    public async Task Only_dev_has_a_database_of_its_own(string environment)
    {
        using var folder = new MigrationFolder();
        var result = await new CliRunner(folder, null) { Variables = { ["ENVIRONMENT"] = environment } }.RunAsync("up");
        AssertUsage(result, $"no database is set for the environment {environment}");
        Assert.Contains("DB_HOST", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DB_PORT", "0")]
    [InlineData("DB_PORT", "65536")]
    [InlineData("DB_PORT", "5432x")]
    [InlineData("PGPORT", "-1")]
    [InlineData("DB_SSLMODE", "maybe")]
    [InlineData("DB_SSLROOTCERT", "no/such/file.pem")]
    [InlineData("DB_CONNECT_TIMEOUT", "soon")]
    [InlineData("MIGRATE_LOCK_WAIT", "1 fortnight")]
    [InlineData("MIGRATE_LOCK_TIMEOUT", "-3s")]
    [InlineData("MIGRATE_RETRY_BUDGET", "2,5min")]
    public async Task A_setting_that_can_not_be_read_is_named_by_the_variable_that_was_set(string name, string value)
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database) { Variables = { [name] = value } };
        if (name == "PGPORT")
            cli.Variables.Remove("DB_PORT");
        if (name == "DB_SSLROOTCERT")
            cli.Variables["DB_SSLMODE"] = "verify-full";

        AssertUsage(await cli.RunAsync("status"), name == "DB_SSLROOTCERT" ? value : $"{name} is \"{value}\"");
    }

    [Theory]
    [InlineData("--lock-wait", "soon", "--lock-wait is \"soon\"")]
    [InlineData("--environment", "pord", "there is no environment \"pord\"")]
    [InlineData("--environment", "", "--environment is empty")]
    [InlineData("--migrations", " ", "--migrations is empty")]
    [InlineData("--output", "xml", "there is no output form \"xml\"")]
    public async Task An_option_that_can_not_be_read_is_named(string option, string value, string message)
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        AssertUsage(await new CliRunner(folder, database).RunAsync("status", option, value), message);
    }

    [Theory]
    [InlineData("500ms")]
    [InlineData("0")]
    [InlineData("1.5 min")]
    [InlineData("2h")]
    [InlineData("99999999h")]
    public async Task A_duration_has_a_unit_or_is_in_seconds(string value)
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000000_a.sql", "SELECT 1;\n");
        var cli = new CliRunner(folder, database) { Variables = { ["MIGRATE_LOCK_TIMEOUT"] = value, ["MIGRATE_RETRY_BUDGET"] = value } };

        var result = await cli.RunAsync("up", "--lock-wait", value);
        Assert.True(result.Code == 0, result.ToString());
    }

    private static string Fill(string form, TestDatabase database) => form
        .Replace("{user}", database.Address.Username, StringComparison.Ordinal)
        .Replace("{host}", database.Address.Host, StringComparison.Ordinal)
        .Replace("{port}", $"{database.Address.Port}", StringComparison.Ordinal)
        .Replace("{database}", database.Address.Database, StringComparison.Ordinal)
        .Replace("{rest}", database.Address.Database![1..], StringComparison.Ordinal);

    private static void AssertUsage(CliResult result, string message)
    {
        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains("next:", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Out);
    }
}
