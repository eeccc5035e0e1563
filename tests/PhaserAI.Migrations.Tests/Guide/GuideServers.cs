using Npgsql;
using PhaserAI.Migrations.Tests.Aws;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>
/// The servers that the guide's commands name: a PostgreSQL with TLS and the guide's roles, and AWS as moto speaks it. All of the classes share
/// them, one after the other, because databases and buckets have the guide's names too.
/// </summary>
[CollectionDefinition(Name)]
public sealed class GuideServers(MotoProcess moto) : IAsyncLifetime, ICollectionFixture<GuideServers>
{
    /// <summary>The collection of the classes that share them.</summary>
    internal const string Name = "guide";

    /// <summary>The password that the guide exports.</summary>
    internal const string AdminPassword = "your-secure-password";

    private const string UserPassword = "the-password-of-user";

    /// <summary>PostgreSQL; its certificate is for the guide's hosts.</summary>
    internal TlsServer Tls { get; } = new() { Names = HostNames.All };

    /// <summary>AWS, without Lambda.</summary>
    internal MotoServer Moto { get; } = new(moto);

    public async ValueTask InitializeAsync()
    {
        await Task.WhenAll(Tls.InitializeAsync().AsTask(), Moto.InitializeAsync().AsTask());
        await Tls.Server.CreateRoleAsync("phaserai_admin", AdminPassword);
        await Tls.Server.CreateRoleAsync("\"user\"", UserPassword);
        // Who copies a database reads all of it, and gives its tables to their owner
        await Tls.Server.ExecuteAsync("GRANT pg_read_all_data, phaserai_admin TO \"user\"");
    }

    /// <summary>What a user's shell has, with their home and the project's certificates.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Variables(string project, string home)
    {
        var certificates = Directory.CreateDirectory(Path.Combine(project, "infra", "certs"));
        File.Copy(Tls.Bundle, Path.Combine(certificates.FullName, "global-bundle.pem"));
        var passwords = Path.Combine(home, ".pgpass");
        File.WriteAllText(passwords, $"*:*:*:phaserai_admin:{AdminPassword}\n*:*:*:user:{UserPassword}\n");
        File.SetUnixFileMode(passwords, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return
        [
            .. HostNames.Variables(home), .. Moto.Variables,
            KeyValuePair.Create("AWS_DEFAULT_REGION", "eu-central-1"), // awscli 1 does not know AWS_REGION
            KeyValuePair.Create("PGPORT", $"{Port}"),
        ];
    }

    /// <summary>The PostgreSQL's port.</summary>
    internal int Port => Tls.Server.Admin.Port;

    /// <summary>An empty database of the guide's, with the superuser's address; dropped when it is disposed of.</summary>
    internal async Task<TestDatabase> CreateDatabaseAsync(string name, string owner)
    {
        await Tls.Server.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE template0 OWNER \"{owner}\"");
        return new TestDatabase(Tls.Server, new NpgsqlConnectionStringBuilder(Tls.Server.Admin.ConnectionString) { Database = name });
    }

    /// <summary>Applies a project's migrations as the owner of the database: somebody has worked with it.</summary>
    internal async Task MigrateAsync(TestDatabase database, string owner, GuideProject project)
    {
        var address = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Host = "localhost",
            Username = owner,
            Password = owner == "user" ? UserPassword : AdminPassword,
            SslMode = SslMode.VerifyFull,
            RootCertificate = Tls.Root,
        };
        var report = await new Migrator(new MigrationOptions { ConnectionString = address.ConnectionString, Directory = project.Migrations }).UpAsync();
        Assert.True(report.Succeeded, report.Failure?.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await Moto.DisposeAsync();
        await Tls.DisposeAsync();
    }
}
