using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Amazon.S3.Model;
using Npgsql;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Tests.Aws;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Backups;

/// <summary>The guide's "Deploy with Migrations" and "Restore from Backup", word for word but for the database's host: TLS, S3 and a terminal are there.</summary>
public sealed class GuideProductionTests(TlsServer tls, MotoServer moto) : IClassFixture<TlsServer>, IClassFixture<MotoServer>, IAsyncLifetime
{
    private const string Bucket = "your-backup-bucket";

    private const string Deploy = """
        # Set production environment
        export ENVIRONMENT=prod
        export DB_HOST=localhost
        export DB_NAME=phaserai_prod
        export DB_USER=phaserai_admin
        export DB_PASSWORD=your-secure-password

        # Optional: Set S3 bucket for backups
        export BACKUP_S3_BUCKET=your-backup-bucket

        # Run migration
        ./scripts/migrate.sh up
        """;

    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    private TestDatabase Database => _database!;

    public async ValueTask InitializeAsync()
    {
        Require.Program(ExternalProgram.FindOnPath("aws"), "aws (pip install awscli)");
        await tls.Server.ExecuteAsync("CREATE ROLE phaserai_admin LOGIN PASSWORD 'your-secure-password' IN ROLE has_a_password");
        await tls.Server.ExecuteAsync("CREATE DATABASE phaserai_prod TEMPLATE template0 OWNER phaserai_admin");
        _database = new TestDatabase(tls.Server, new NpgsqlConnectionStringBuilder(tls.Server.Admin.ConnectionString) { Database = "phaserai_prod" });
        await moto.S3.PutBucketAsync(new PutBucketRequest { BucketName = Bucket, BucketRegionName = "eu-central-1" });

        // The project as it is checked out, with the root certificates where the README says.
        Directory.CreateDirectory(Path.Combine(_folder.Project, "scripts"));
        Directory.CreateDirectory(Path.Combine(_folder.Project, "infra", "certs"));
        File.Copy(Path.Combine(MigrationFolder.RepositoryRoot, "scripts", "migrate.sh"), Path.Combine(_folder.Project, "scripts", "migrate.sh"));
        File.Copy(tls.Bundle, Path.Combine(_folder.Project, "infra", "certs", "global-bundle.pem"));
        foreach (var file in Directory.GetFiles(MigrationFolder.OfRepository))
            File.Copy(file, Path.Combine(_folder.Path, Path.GetFileName(file)));

        // Somebody has worked with it; now there is one more migration.
        var first = await BashAsync(Deploy.Replace("=prod\n", "=test\n", StringComparison.Ordinal));
        Assert.True(first.Code == 0, first.ToString());
        await Database.ExecuteAsync("CREATE TABLE kept AS SELECT i, md5(i::text) AS text FROM generate_series(1, 1000) i; ALTER TABLE kept OWNER TO phaserai_admin");
        _folder.Write("20990101_000000_more.sql", "CREATE TABLE more ();\n-- DOWN:\n-- DROP TABLE more;\n");
    }

    [Fact]
    public async Task It_asks_backs_up_to_S3_migrates_and_the_backup_brings_the_data_back()
    {
        var before = await BackupProject.ContentOfAsync(Database);
        var up = await TypeAsync(Deploy, "Type the database's name to go on: ", "phaserai_prod");
        Assert.True(up.Code == 0, up.ToString());
        Assert.NotNull(await Database.AskAsync("select to_regclass('more')::text"));
        Assert.Matches(@"s3://your-backup-bucket/database-backups/backup_\d{8}_\d{6}\.sql", up.Out);
        Assert.DoesNotContain("your-secure-password", up.ToString(), StringComparison.Ordinal);

        var list = await BashAsync("aws s3 ls s3://your-backup-bucket/database-backups/");
        Assert.True(list.Code == 0, list.ToString());
        var name = list.Out.Split([' ', '\n']).Single(word => word.EndsWith(".sql", StringComparison.Ordinal));
        Assert.Equal($"s3://{Bucket}/database-backups/{name}", await Database.AskAsync("select backup from schema_migrations_log where version = '20990101_000000'"));

        await tls.Server.ExecuteAsync("CREATE DATABASE restored TEMPLATE template0 OWNER phaserai_admin");
        try
        {
            var restore = await BashAsync($"""
                set -e
                aws s3 cp s3://your-backup-bucket/database-backups/{name} ./
                export PGPASSWORD=your-secure-password PGPORT={Database.Address.Port}
                psql -h localhost -U phaserai_admin -d restored < ./{name}
                """);
            Assert.True(restore.Code == 0, restore.ToString());
            var restored = new TestDatabase(tls.Server, new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Database = "restored" });
            Assert.Equal(before, await BackupProject.ContentOfAsync(restored));
        }
        finally
        {
            await tls.Server.ExecuteAsync("DROP DATABASE restored WITH (FORCE)");
        }
    }

    [Fact]
    public async Task Without_a_terminal_it_is_refused_and_nothing_is_changed()
    {
        var result = await BashAsync(Deploy);
        Assert.True(result.Code == 6, result.ToString());
        await AssertUntouchedAsync();
    }

    [Fact]
    public async Task A_bucket_that_refuses_stops_it_before_the_first_statement()
    {
        // More than a part, so that an upload is begun.
        await Database.ExecuteAsync("INSERT INTO kept SELECT i, repeat(md5(i::text), 10) FROM generate_series(1, 40000) i");
        await moto.S3.PutBucketPolicyAsync(new PutBucketPolicyRequest
        {
            BucketName = Bucket,
            Policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":["arn:aws:s3:::{{Bucket}}/*"]}]}""",
        });
        var result = await BashAsync(Deploy + " --yes");
        await moto.S3.DeleteBucketPolicyAsync(Bucket);
        Assert.True(result.Code == 9, result.ToString());
        Assert.Contains($"S3 denies access to the bucket {Bucket}: 403 Forbidden", result.Error, StringComparison.Ordinal);
        Assert.Contains("Allow s3:PutObject on arn:aws:s3:::your-backup-bucket/database-backups/*", result.Error, StringComparison.Ordinal);
        await AssertUntouchedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await tls.Server.ExecuteAsync("DROP DATABASE IF EXISTS phaserai_prod WITH (FORCE)");
        await tls.Server.ExecuteAsync("DROP ROLE phaserai_admin");
        foreach (var item in (await moto.S3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Bucket })).S3Objects ?? [])
            await moto.S3.DeleteObjectAsync(Bucket, item.Key);
        await moto.S3.DeleteBucketAsync(Bucket);
    }

    private async Task AssertUntouchedAsync()
    {
        Assert.Null(await Database.AskAsync("select to_regclass('more')::text"));
        Assert.Null(await Database.AskAsync("select version from schema_migrations where version = '20990101_000000'"));
        Assert.Equal((0, 0), (await moto.CountObjectsAsync(Bucket), await moto.CountUploadsAsync(Bucket)));
    }

    private async Task<CliResult> BashAsync(string lines)
    {
        using var process = Process.Start(StartInfo("bash", "-c", lines))!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, await output, await error);
    }

    /// <summary>The same at a terminal, at which an answer is typed when it is asked for.</summary>
    private async Task<CliResult> TypeAsync(string lines, string question, string answer)
    {
        Require.Program(ExternalProgram.FindOnPath("script"), "script (bsdutils)");
        using var process = Process.Start(StartInfo("script", "-qec", lines, "/dev/null"))!;
        var screen = new StringBuilder();
        var buffer = new char[4096];
        while (await process.StandardOutput.ReadAsync(buffer) is var count and > 0)
        {
            screen.Append(buffer, 0, count);
            if (screen.ToString().EndsWith(question, StringComparison.Ordinal))
                await process.StandardInput.WriteLineAsync(answer);
        }

        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, screen.ToString(), "");
    }

    private ProcessStartInfo StartInfo(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = _folder.Project,
        };
        start.Environment.Clear();
        foreach (var name in (string[])["PATH", "HOME", "PYENV_ROOT"])
            start.Environment[name] = Environment.GetEnvironmentVariable(name);
        foreach (var (name, value) in moto.Variables)
            start.Environment[name] = value;
        start.Environment["AWS_DEFAULT_REGION"] = "eu-central-1"; // awscli 1 does not know AWS_REGION
        start.Environment["SHELL"] = "/bin/bash";
        start.Environment["DB_PORT"] = $"{Database.Address.Port}";
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        start.Environment["PHASERAI_MIGRATE"] = Environment.GetEnvironmentVariable("MIGRATE_TEST_BINARY") is { Length: > 0 } given
            ? given
            : Path.Combine(AppContext.BaseDirectory, "phaserai-migrate");
        return start;
    }
}
