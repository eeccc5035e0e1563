using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>Settings from .env and migrate.toml: which place goes before which, and what is said about lines that can't be used.</summary>
public sealed class SettingFilesTests(PostgresServer server)
{
    [Fact]
    public async Task Option_variable_env_file_toml_section_toml_and_default_count_in_this_order()
    {
        using var folder = new MigrationFolder();
        Write(folder, "migrate.toml", "migrations_dir = 'toml'\n[environments.test]\nmigrations_dir = 'section'\n");
        Write(folder, ".env", "MIGRATIONS_DIR=dotenv\n");
        await using var database = await server.CreateDatabaseAsync();
        var cli = new CliRunner(folder, database) { Variables = { ["ENVIRONMENT"] = "test", ["MIGRATIONS_DIR"] = "variable" } };

        Assert.Contains("option", (await cli.RunAsync("new", "a", "--migrations", "option")).Out, StringComparison.Ordinal);
        Assert.Contains("variable", (await cli.RunAsync("new", "a")).Out, StringComparison.Ordinal);
        cli.Variables.Remove("MIGRATIONS_DIR");
        Assert.Contains("dotenv", (await cli.RunAsync("new", "a")).Out, StringComparison.Ordinal);
        File.Delete(Path.Combine(folder.Project, ".env"));
        Assert.Contains("section", (await cli.RunAsync("new", "a")).Out, StringComparison.Ordinal);
        cli.Variables["ENVIRONMENT"] = "dev";
        Assert.Contains("toml", (await cli.RunAsync("new", "a")).Out, StringComparison.Ordinal);
        File.Delete(Path.Combine(folder.Project, "migrate.toml"));
        Assert.Contains(Path.Combine("infra", "migrations"), (await cli.RunAsync("new", "a")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_lie_in_the_project_and_relative_paths_in_them_start_there()
    {
        using var folder = new MigrationFolder();
        Write(folder, ".env", "MIGRATIONS_DIR=mine\n");
        var result = await new CliRunner(folder, null) { CurrentDirectory = folder.Path }.RunAsync("new", "a");
        Assert.True(result.Code == 0, result.ToString());
        Assert.Single(Directory.GetFiles(Path.Combine(folder.Project, "mine")));
    }

    [Theory]
    [InlineData("migrate.toml", "environment = \"production\"\n")]
    [InlineData(".env", "ENVIRONMENT=prod\n")]
    public async Task The_environment_itself_can_stand_in_a_file(string file, string text)
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        folder.Write("20250101_000000_a.sql", "SELECT 1;\n");
        Write(folder, file, text);
        var cli = new CliRunner(folder, database);
        Assert.Equal(6, (await cli.RunAsync("up")).Code);
        cli.Variables["ENVIRONMENT"] = "dev";
        Assert.Equal(0, (await cli.RunAsync("up")).Code);
    }

    [Fact]
    public async Task A_whole_address_stands_in_the_env_file()
    {
        await using var role = await TestRole.CreateAsync(server, "it's 5 # $5");
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        Write(folder, ".env", $"""
            # our server
            export DB_HOST={database.Address.Host}   # here
            DB_PORT = "{database.Address.Port}"
            DB_NAME='{database.Address.Database}'
            DB_USER={role.Name}
            DB_PASSWORD="it's 5 # $5"
            DB_SSLMODE=disable
            MULTI="two
            lines"
            OTHER=$(rm -rf /) `x`

            """.ReplaceLineEndings("\r\n"));
        var result = await new CliRunner(folder, null).RunAsync("status", "--output", "json");
        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal(role.Name, result.Json.GetProperty("target").GetProperty("user").GetString());
    }

    [Theory]
    [InlineData("A=1\nDB_HOST localhost\n", ".env:2: after the name there is no =")]
    [InlineData("A=\"1\n2\"\nDB_HOST\n", ".env:3: after the name there is no =")]
    [InlineData("= s3cr3t\n", ".env:1: this line does not begin with a name")]
    [InlineData("{\"s3cr3t\": 1}\n", ".env:1: this line does not begin with a name")]
    [InlineData("DB_PASSWORD='s3cr3t\nA=1\n", ".env:1: the quote around the value of DB_PASSWORD is not closed")]
    [InlineData("DB_PASSWORD='s3'\\''cr3t'\n", ".env:1: there is something after the quoted value of DB_PASSWORD")]
    [InlineData("\nDB_PASSWORD=$(s3cr3t)\n", ".env:2: the value of DB_PASSWORD has a $ or `")]
    [InlineData("DB_PASSWORD=\"${s3cr3t}\"\n", ".env:1: the value of DB_PASSWORD has a $ or `")]
    [InlineData("DB_PORT=s3cr3t\nDB_HOST=localhost\n", ".env:1: DB_PORT is \"s3cr3t\", which is no number from 1 to 65535")]
    [InlineData("DATABASE_URL=postgres://u:s3cr3t@/x\n", ".env:1: DATABASE_URL can't be read")]
    [InlineData("ENVIRONMENT=pord\n", ".env:1: ENVIRONMENT: there is no environment \"pord\"")]
    [InlineData("DB_NAME=x\n", ".env:1: DB_NAME is set, but DB_HOST is not")]
    public async Task A_line_of_the_env_file_that_can_not_be_used_is_named_and_no_secret_repeated(string text, string message)
    {
        using var folder = new MigrationFolder();
        Write(folder, ".env", text);
        var result = await new CliRunner(folder, null).RunAsync("status");
        Assert.True(result.Code == 2, result.ToString());
        Assert.StartsWith($"error: {message}", result.Error, StringComparison.Ordinal);
        if (!text.StartsWith("DB_PORT", StringComparison.Ordinal))
            Assert.DoesNotContain("s3cr3t", result.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DB_PASSWORD='${x} $(y) `z`'", "${x} $(y) `z`")]
    [InlineData("DB_PASSWORD=\"\\${x} \\\"q\\\" \\\\\"", "${x} \"q\" \\")]
    [InlineData("DB_PASSWORD=pa$word#1", "pa$word#1")]
    [InlineData("DB_PASSWORD=  spaced word  # comment", "spaced word")]
    [InlineData("DB_PASSWORD=first\nDB_PASSWORD=second", "second")]
    [InlineData("export\tDB_PASSWORD=x=y==", "x=y==")]
    public async Task Values_are_read_as_other_tools_read_them(string line, string password)
    {
        await using var role = await TestRole.CreateAsync(server, password);
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        Write(folder, ".env", "\uFEFF" + line);
        var result = await new CliRunner(folder, database) { Variables = { ["DB_USER"] = role.Name } }.RunAsync("status");
        Assert.True(result.Code == 0, result.ToString());
    }

    [Fact]
    public async Task A_near_miss_in_the_env_file_is_a_note_while_the_setting_is_nowhere_set()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        Write(folder, ".env", "NODE_ENV=x\nDB_PASWORD=s3cr3t\n");
        var cli = new CliRunner(folder, database);
        cli.Variables.Remove("DB_PASSWORD");
        var result = await cli.RunAsync("status");
        Assert.Equal(0, result.Code);
        Assert.Contains(".env:2: DB_PASWORD is not a setting of this tool; did you mean DB_PASSWORD?", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("NODE_ENV", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", result.ToString(), StringComparison.Ordinal);

        cli.Variables["DB_PASSWORD"] = "x";
        Assert.DoesNotContain("DB_PASWORD", (await cli.RunAsync("status")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lock_wiat = \"60s\"", "migrate.toml:1:1: there is no setting lock_wiat", "Did you mean lock_wait?")]
    [InlineData("# a\n  MIGRATE_LOCK_WAIT = 5", "migrate.toml:2:3: there is no setting MIGRATE_LOCK_WAIT", "Did you mean lock_wait?")]
    [InlineData("DB_HOST = 'x'", "migrate.toml:1:1: there is no setting DB_HOST", "Did you mean db_host?")]
    [InlineData("colour = 'x'", "migrate.toml:1:1: there is no setting colour", "settings lists")]
    [InlineData("lock_wait = \"soon\"", "migrate.toml:1:13: lock_wait is \"soon\", which is no duration", "500ms")]
    [InlineData("db_port = 70000", "migrate.toml:1:11: db_port is \"70000\", which is no number from 1 to 65535", "65535")]
    [InlineData("[environments.prod]\ndb_sslmode = 'maybe'", "migrate.toml:2:14: db_sslmode is \"maybe\", which is none of", "verify-full")]
    [InlineData("environment = 'pord'", "migrate.toml:1:15: environment is \"pord\", which is none of dev, test, staging, prod", "dev, test, staging or prod")]
    [InlineData("lock_wait = [1]", "migrate.toml:1:13: lock_wait needs one value", "lock_wait = \"…\"")]
    [InlineData("db_host = \"\"", "migrate.toml:1:11: db_host needs one value that is not empty", "leave the line out")]
    [InlineData("[environment.prod]\nlock_wait = 1", "migrate.toml:2:1: there is no section [environment.prod]", "[environments.prod]")]
    [InlineData("[environments.pord]", "migrate.toml:1:2: there is no section [environments.pord]", "Did you mean [environments.prod]?")]
    [InlineData("[prod]\nlock_wait = 1", "migrate.toml:2:1: there is no section [prod]", "Did you mean [environments.prod]?")]
    [InlineData("[[environments]]\nlock_wait = 1", "migrate.toml:1:3: a section in double brackets has no meaning", "[environments.prod]")]
    [InlineData("[environments.prod]\nenvironment = 'dev'", "migrate.toml:2:1: environment can't be set in the section of one environment", "above the first section")]
    [InlineData("lock_wait = s3cr3t", "migrate.toml:1:13: this is no TOML: Unexpected token … for a value", "quotes")]
    [InlineData("db_host = 's3cr3t'\ndb_host = 'b'", "migrate.toml:2:1: this is no TOML", "quotes")]
    [InlineData("[environments.prod]\ndb_password = 's3cr3t'", "migrate.toml:2:1: db_password does not belong here", "DB_PASSWORD in the environment or in .env")]
    [InlineData("database_url = 's3cr3t'", "migrate.toml:1:1: database_url does not belong here", "DATABASE_URL in the environment or in .env")]
    [InlineData("PGPASSWORD = 's3cr3t'", "migrate.toml:1:1: PGPASSWORD does not belong here", "DB_PASSWORD in the environment")]
    [InlineData("api_token = 's3cr3t'", "migrate.toml:1:1: api_token does not belong here", "change the secret")]
    public async Task What_is_wrong_in_migrate_toml_is_named_with_its_place_and_its_mend(string text, string message, string next)
    {
        using var folder = new MigrationFolder();
        Write(folder, "migrate.toml", text + "\n");
        var result = await new CliRunner(folder, null) { Variables = { ["ENVIRONMENT"] = "test" } }.RunAsync("status");
        Assert.True(result.Code == 2, result.ToString());
        Assert.StartsWith($"error: {message}", result.Error, StringComparison.Ordinal);
        Assert.Contains(next, result.Error.Split("next:")[1], StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", result.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[environments.prod]\nmigrations_dir = \"x\"\n")]
    [InlineData("[environments]\nprod.migrations_dir = \"x\"\n")]
    [InlineData("[environments]\nproduction = { migrations_dir = \"x\" }\n")]
    [InlineData("environments.prod.migrations_dir = \"x\"\n")]
    [InlineData("\uFEFFmigrations_dir = \"y\"\r\n[environments.\"prod\"]\r\nmigrations_dir = \"x\"\r\n")]
    public async Task A_section_may_be_written_in_every_form_of_TOML(string text)
    {
        using var folder = new MigrationFolder();
        Write(folder, "migrate.toml", text);
        var result = await new CliRunner(folder, null) { Variables = { ["ENVIRONMENT"] = "prod" } }.RunAsync("new", "a");
        Assert.True(result.Code == 0, result.ToString());
        Assert.StartsWith($"x{Path.DirectorySeparatorChar}", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_UTF_8_is_named()
    {
        using var folder = new MigrationFolder();
        await File.WriteAllBytesAsync(Path.Combine(folder.Project, ".env"), [(byte)'A', (byte)'=', 0xE4, (byte)'\n'], TestContext.Current.CancellationToken);
        var result = await new CliRunner(folder, null).RunAsync("status");
        Assert.Equal(2, result.Code);
        Assert.Contains(".env is not UTF-8", result.Error, StringComparison.Ordinal);
    }

    private static void Write(MigrationFolder folder, string name, string text) => File.WriteAllText(Path.Combine(folder.Project, name), text);
}
