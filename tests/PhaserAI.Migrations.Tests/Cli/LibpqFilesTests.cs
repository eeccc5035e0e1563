using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>libpq's own files: passwords in .pgpass, addresses in pg_service.conf. Where psql knows the answer it is asked.</summary>
public sealed class LibpqFilesTests(PostgresServer server) : IDisposable
{
    private readonly MigrationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{host}:{port}:{database}:{user}:{password}")]
    [InlineData("*:*:*:*:{password}")]
    [InlineData("# comment\n\nother:*:*:*:wrong\n{host}:{port}:*:{user}:{password}\n*:*:*:*:wrong")]
    [InlineData("not a line of it\n*:*:*:{user}:{password}:ignored\r")]
    public async Task A_password_stands_in_the_file_that_psql_reads(string text)
    {
        const string Password = @"a\b:c d ";
        await using var role = await TestRole.CreateAsync(server, Password);
        await using var database = await server.CreateDatabaseAsync();
        var address = database.Address;
        var written = text
            .Replace("{host}", address.Host, StringComparison.Ordinal)
            .Replace("{port}", $"{address.Port}", StringComparison.Ordinal)
            .Replace("{database}", address.Database, StringComparison.Ordinal)
            .Replace("{user}", role.Name, StringComparison.Ordinal)
            .Replace("{password}", @"a\\b\:c d ", StringComparison.Ordinal);
        var file = Write("passwords", written + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        // psql is the judge of the file.
        using (var psql = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "psql", ["-w", "-h", address.Host!, "-p", $"{address.Port}", "-U", role.Name, "-d", address.Database!, "-c", "SELECT 1"])
        {
            Environment = { ["PGPASSFILE"] = file },
            RedirectStandardOutput = true,
        })!)
        {
            await psql.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, psql.ExitCode);
        }

        var cli = new CliRunner(_folder, database) { Variables = { ["DB_USER"] = role.Name, ["PGPASSFILE"] = file } };
        cli.Variables.Remove("DB_PASSWORD");
        Assert.Equal(0, (await cli.RunAsync("status")).Code);

        // Named in .env, and as ~/.pgpass.
        cli.Variables.Remove("PGPASSFILE");
        cli.Variables["HOME"] = _folder.Project;
        Assert.Equal(5, (await cli.RunAsync("status")).Code);
        Write(".env", "PGPASSFILE=passwords\n");
        Assert.Equal(0, (await cli.RunAsync("status")).Code);
        File.Delete(Path.Combine(_folder.Project, ".env"));
        File.Move(file, Path.Combine(_folder.Project, ".pgpass"));
        Assert.Equal(0, (await cli.RunAsync("status")).Code);

        // A URL without a password.
        var url = new CliRunner(_folder, null)
        {
            Variables = { ["DATABASE_URL"] = $"postgres://{role.Name}@{address.Host}:{address.Port}/{address.Database}?sslmode=disable", ["HOME"] = _folder.Project },
        };
        Assert.Equal(0, (await url.RunAsync("status")).Code);
    }

    [Fact]
    public async Task A_password_file_that_others_can_read_is_a_note()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");
        await using var database = await server.CreateDatabaseAsync();
        var file = Write(".pgpass", "*:*:*:*:s3cr3t\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var cli = new CliRunner(_folder, database) { Variables = { ["HOME"] = _folder.Project } };
        var result = await cli.RunAsync("status");
        Assert.Equal(0, result.Code);
        Assert.Contains($"chmod 600 {file}", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", result.ToString(), StringComparison.Ordinal);

        cli.Variables["PGPASSFILE"] = "/no/such/file";
        result = await cli.RunAsync("status");
        Assert.Equal(0, result.Code);
        Assert.Contains("PGPASSFILE is /no/such/file, which is not there", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_has_the_whole_address_and_goes_before_PG_variables()
    {
        await using var role = await TestRole.CreateAsync(server, "in the service");
        await using var database = await server.CreateDatabaseAsync();
        Write(".pg_service.conf", $"""
            # services
            [other]
            host=other.invalid

            [mine]
            host={database.Address.Host}
            port={database.Address.Port}
            dbname={database.Address.Database}
            dbname=the_first_counts
            user={role.Name}
            password=in the service
            sslmode=disable
            application_name=mine
            connect_timeout=7
            keepalives=1

            [third]
            nonsense
            """);
        var cli = new CliRunner(_folder, null)
        {
            Variables = { ["PGSERVICE"] = "mine", ["HOME"] = _folder.Project, ["PGHOST"] = "pg.invalid", ["PGDATABASE"] = "x", ["PGUSER"] = "x", ["PGPASSWORD"] = "x", ["PGPORT"] = "1", ["PGSSLMODE"] = "verify-full" },
        };
        var result = await cli.RunAsync("status", "--output", "json");
        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal(role.Name, result.Json.GetProperty("target").GetProperty("user").GetString());

        cli.Variables["DB_NAME"] = "no_such_database";
        Assert.Contains("no_such_database", (await cli.RunAsync("status")).Error, StringComparison.Ordinal);
        cli.Variables["DB_HOST"] = "db.invalid";
        Assert.Contains("db.invalid", (await cli.RunAsync("status")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PGSERVICEFILE_and_PGSYSCONFDIR_name_other_files()
    {
        await using var database = await server.CreateDatabaseAsync();
        var service = $"[here]\nhost={database.Address.Host}\nport={database.Address.Port}\nuser={database.Address.Username}\n";
        Write("services", service);
        Write(".env", "PGSERVICE=here\nPGSERVICEFILE=services\n");
        var cli = new CliRunner(_folder, null) { Variables = { ["PGDATABASE"] = database.Address.Database!, ["PGPASSWORD"] = database.Address.Password ?? "" } };
        Assert.Equal(0, (await cli.RunAsync("status")).Code);

        Write(".env", "PGSERVICE=here\n");
        Write("pg_service.conf", service);
        cli.Variables["HOME"] = "/no/such/home";
        cli.Variables["PGSYSCONFDIR"] = _folder.Project;
        Assert.Equal(0, (await cli.RunAsync("status")).Code);
    }

    [Theory]
    [InlineData("[other]\nhost=x\n", "PGSERVICE is \"mine\", but no file has this service", "Write [mine] with host")]
    [InlineData("[mine]\ndbname=x\n", "the service mine ({file}:1) names no host", "host=…")]
    [InlineData("[mine]\nhost=x\n\nport=s\n", "{file}:4: port is \"s\", which is no number from 1 to 65535", "65535")]
    [InlineData("[mine]\nhost=x\nsslmode=maybe\n", "{file}:3: sslmode is \"maybe\", which is none of", "verify-full")]
    [InlineData("[mine]\nhost=x\nsslcrl=y\n", "{file}:3: the parameter sslcrl is not supported", "DB_HOST")]
    [InlineData("[mine]\nhost=x\ns3cr3t\n", "{file}:3: this line is no name=value", "dbname=…")]
    [InlineData("[mine]\nhost=x\nchannel_binding=s3cr3t\n", "{file}:3: channel_binding can't be used", "manual")]
    public async Task A_service_that_can_not_be_used_is_named(string text, string message, string next)
    {
        var file = Write(".pg_service.conf", text);
        var cli = new CliRunner(_folder, null) { Variables = { ["PGSERVICE"] = "mine", ["HOME"] = _folder.Project, ["PGSYSCONFDIR"] = _folder.Project } };
        var result = await cli.RunAsync("status");
        Assert.True(result.Code == 2, result.ToString());
        Assert.StartsWith("error: " + message.Replace("{file}", file, StringComparison.Ordinal), result.Error, StringComparison.Ordinal);
        Assert.Contains(next, result.Error.Split("next:")[1], StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", result.ToString(), StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.Project, name);
        File.WriteAllText(path, text);
        return path;
    }
}
