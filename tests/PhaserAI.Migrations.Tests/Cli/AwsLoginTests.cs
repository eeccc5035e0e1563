using PhaserAI.Migrations.Tests.Aws;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>Logging in with a secret of Secrets Manager or with IAM, as the settings say.</summary>
public sealed class AwsLoginTests(PostgresServer server, MotoServer moto) : IClassFixture<MotoServer>, IAsyncLifetime
{
    private const string Password = "open-sesame-4711";

    private readonly MigrationFolder _folder = new();
    private TestRole? _role;
    private TestDatabase? _database;

    public async ValueTask InitializeAsync()
    {
        _role = await TestRole.CreateAsync(server, Password);
        _database = await server.CreateDatabaseAsync();
        await _database.ExecuteAsync($"GRANT CREATE ON SCHEMA public TO {_role.Name}");
        _folder.Write("20250101_000000_a.sql", "CREATE TABLE a ();\n");
    }

    [Fact]
    public async Task A_secret_of_RDS_is_all_that_is_needed()
    {
        var cli = await CliAsync(All);
        // Another program's are not for the server of the secret.
        cli.Variables["PGPORT"] = "1";
        cli.Variables["PGUSER"] = "nobody";
        var result = await cli.RunAsync("up", "-o", "json");
        Assert.True(result.Code == 0, result.ToString());
        var target = result.Json.GetProperty("target");
        Assert.Equal((_database!.Address.Database, _role!.Name), (target.GetProperty("database").GetString(), target.GetProperty("user").GetString()));
        Assert.Equal(_role.Name, await _database.AskAsync("select database_user from schema_migrations_log"));
        Assert.DoesNotContain(Password, result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_secret_leaves_out_is_set_and_what_is_set_goes_first()
    {
        var bare = await CliAsync($$"""{"username": "{{_role!.Name}}", "password": "{{Password}}"}""");
        bare.Variables["DB_HOST"] = "127.0.0.1";
        bare.Variables["DB_PORT"] = $"{_database!.Address.Port}";
        bare.Variables["DB_NAME"] = _database.Address.Database!;
        var result = await bare.RunAsync("status");
        Assert.True(result.Code == 0, result.ToString());

        var other = await CliAsync($$"""{"username": "{{_role.Name}}", "password": "{{Password}}", "host": "db.invalid", "port": "1", "dbname": "none"}""");
        foreach (var name in (string[])["DB_HOST", "DB_PORT", "DB_NAME"])
            other.Variables[name] = bare.Variables[name];
        result = await other.RunAsync("status");
        Assert.True(result.Code == 0, result.ToString());
    }

    [Fact]
    public async Task SECRET_ARN_counts_beside_DB_ENDPOINT_only()
    {
        var cli = await CliAsync(All);
        cli.Variables["SECRET_ARN"] = cli.Variables["DB_SECRET_ARN"];
        cli.Variables.Remove("DB_SECRET_ARN");
        cli.Variables["DB_ENDPOINT"] = "127.0.0.1";
        var result = await cli.RunAsync("status");
        Assert.True(result.Code == 0, result.ToString());

        cli.Variables.Remove("DB_ENDPOINT");
        cli.Variables["DB_HOST"] = "127.0.0.1";
        cli.Variables["DB_PORT"] = $"{_database!.Address.Port}";
        cli.Variables["DB_USER"] = _role!.Name;
        result = await cli.RunAsync("status");
        Assert.Equal(5, result.Code);
        Assert.Contains("wants a password", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DB_PASSWORD", "x", "both DB_SECRET_ARN and DB_PASSWORD give a password")]
    [InlineData("DB_USER", "somebody", "DB_USER is \"somebody\", but the secret is of user r_")]
    [InlineData("DATABASE_URL", "postgres://u:x@127.0.0.1/d", "both DB_SECRET_ARN and DATABASE_URL give a password")]
    [InlineData("DB_IAM_AUTH", "true", "both DB_SECRET_ARN and DB_IAM_AUTH are set")]
    public async Task Settings_that_contradict_the_secret_are_refused(string variable, string value, string message)
    {
        var cli = await CliAsync(All);
        cli.Variables[variable] = value;
        var result = await cli.RunAsync("up");
        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_is_made_with_the_secret_too()
    {
        await Backups.Shell.RequireDumpAsync(server);
        var cli = await CliAsync(All);
        cli.Variables["PATH"] = Environment.GetEnvironmentVariable("PATH")!;
        var result = await cli.RunAsync("backup", "create");
        Assert.True(result.Code == 0, result.ToString());
        Assert.DoesNotContain(Password, result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_without_a_host_asks_for_it()
    {
        var result = await (await CliAsync($$"""{"username": "u", "password": "{{Password}}"}""")).RunAsync("status");
        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains("neither it nor DB_HOST names a host", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_is_not_there_stops_before_anything_is_asked()
    {
        var cli = await CliAsync(All);
        cli.Variables["DB_SECRET_ARN"] = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:gone-a1b2c3";
        var result = await cli.RunAsync("up");
        Assert.True(result.Code == 5, result.ToString());
        Assert.Contains("there is no secret arn:aws:secretsmanager:eu-central-1:123456789012:secret:gone-a1b2c3 in eu-central-1", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_IAM_is_sent_instead_of_a_password_and_over_TLS_only()
    {
        var cli = await CliAsync(All);
        cli.Variables.Remove("DB_SECRET_ARN");
        cli.Variables["DB_IAM_AUTH"] = "true";
        cli.Variables["DB_HOST"] = "127.0.0.1";
        cli.Variables["DB_PORT"] = $"{_database!.Address.Port}";
        cli.Variables["DB_USER"] = _role!.Name;
        var result = await cli.RunAsync("status");
        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains("RDS takes tokens of IAM over TLS only", result.Error, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
        await _role!.DisposeAsync();
    }

    private string All => $$"""
        {"username": "{{_role!.Name}}", "password": "{{Password}}", "engine": "postgres", "host": "127.0.0.1", "port": {{_database!.Address.Port}}, "dbname": "{{_database.Address.Database}}"}
        """;

    private async Task<CliRunner> CliAsync(string secret)
    {
        var cli = new CliRunner(_folder, null) { Variables = { ["DB_SSLMODE"] = "disable", ["DB_SECRET_ARN"] = await moto.CreateSecretAsync(secret) } };
        foreach (var (name, value) in moto.Variables)
            cli.Variables[name] = value;
        return cli;
    }
}
