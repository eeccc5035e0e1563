using Npgsql;
using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.Tests.Execution;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Aws;

/// <summary>A secret that is rotated while a run goes on.</summary>
public sealed class RotationTests(PostgresServer server, MotoServer moto) : IClassFixture<MotoServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_secret_rotated_while_up_waits_for_the_lock_does_not_stop_the_run()
    {
        await using var role = await TestRole.CreateAsync(server, "before");
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync($"CREATE TABLE busy (id int); ALTER TABLE busy OWNER TO {role.Name}; GRANT CREATE ON SCHEMA public TO {role.Name}");
        run.Folder.Write("20250101_000001_a.sql", "ALTER TABLE busy ADD COLUMN x int;");
        var secret = await moto.CreateSecretAsync($$"""{"username": "{{role.Name}}", "password": "before"}""");

        // The run waits for the lock; the password is changed; then it goes on, and needs a second connection to say who is in its way.
        await using var holder = await run.Database.OpenAsync();
        await RunAsync(holder, $"select pg_advisory_lock({MigrationLock.KeyOf("public")})");
        await using var blocker = await run.Database.OpenAsync();
        await using var transaction = await blocker.BeginTransactionAsync(Token);
        await RunAsync(blocker, "lock table busy");
        run.OnEvent = happened =>
        {
            if (happened is LockAwaited)
                Rotate().GetAwaiter().GetResult();
            else if (happened is StatementBlocked)
                transaction.Rollback();
        };

        var report = await run.UpAsync(OptionsOf(run, secret) with { LockTimeout = TimeSpan.FromMinutes(1) }, Token);

        Assert.True(report.Succeeded, report.Failure?.ToString());
        Assert.Single(run.Events.OfType<StatementBlocked>());

        async Task Rotate()
        {
            await server.ExecuteAsync($"ALTER ROLE {role.Name} PASSWORD 'after'");
            await moto.PutSecretAsync(secret, $$"""{"username": "{{role.Name}}", "password": "after"}""");
            await RunAsync(holder, "select pg_advisory_unlock_all()");
        }
    }

    [Fact]
    public async Task Where_the_database_has_the_new_password_first_the_secret_is_read_again()
    {
        await using var role = await TestRole.CreateAsync(server, "after");
        await using var run = await TestRun.CreateAsync(server);
        var secret = await moto.CreateSecretAsync($$"""{"username": "{{role.Name}}", "password": "before"}""");
        var reads = 0;
        var login = LoginOf(secret);
        var options = OptionsOf(run, secret) with
        {
            Login = async token =>
            {
                if (++reads == 3)
                    await moto.PutSecretAsync(secret, $$"""{"username": "{{role.Name}}", "password": "after"}""");
                return await login.ReadAsync(token);
            },
        };

        Assert.Equal(0, (await new Migrator(options).GetStatusAsync(Token)).Count(MigrationState.Applied));
        Assert.Equal(3, reads);
    }

    [Fact]
    public async Task A_secret_whose_user_alternates_is_followed()
    {
        await using var first = await TestRole.CreateAsync(server, "one");
        await using var second = await TestRole.CreateAsync(server, "two");
        await using var run = await TestRun.CreateAsync(server);
        var secret = await moto.CreateSecretAsync($$"""{"username": "{{first.Name}}", "password": "one"}""");
        var options = OptionsOf(run, secret);
        Assert.Equal(0, (await new Migrator(options).GetStatusAsync(Token)).Count(MigrationState.Applied));

        await moto.PutSecretAsync(secret, $$"""{"username": "{{second.Name}}", "password": "two"}""");
        await server.ExecuteAsync($"ALTER ROLE {first.Name} NOLOGIN");
        Assert.Equal(0, (await new Migrator(options).GetStatusAsync(Token)).Count(MigrationState.Applied));
    }

    [Fact]
    public async Task A_secret_that_stays_wrong_is_named_and_its_password_is_not()
    {
        await using var role = await TestRole.CreateAsync(server, "right");
        await using var run = await TestRun.CreateAsync(server);
        var secret = await moto.CreateSecretAsync($$"""{"username": "{{role.Name}}", "password": "open-sesame"}""");
        var failure = await Assert.ThrowsAsync<ConnectionFailedException>(() => new Migrator(OptionsOf(run, secret)).GetStatusAsync(Token));
        Assert.Contains($"refused the password of user {role.Name}", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"the secret {secret}", failure.Next, StringComparison.Ordinal);
        Assert.DoesNotContain("open-sesame", failure.ToString(), StringComparison.Ordinal);
    }

    private MigrationOptions OptionsOf(TestRun run, string secret) => run.Options with
    {
        ConnectionString = new NpgsqlConnectionStringBuilder(run.Database.ConnectionString) { Username = "nobody", Password = null }.ConnectionString,
        Login = LoginOf(secret).ReadAsync,
    };

    private SecretLogin LoginOf(string secret) => new(new SecretReader(new AwsAccess(moto.Variables.GetValueOrDefault), TimeProvider.System), secret, null, null);

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
