using System.Diagnostics;
using System.Globalization;
using Npgsql;
using PhaserAI.Migrations.Testing;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Testing;

/// <summary>Each test gets a migrated database of its own, and the migrations run once for all of them.</summary>
public sealed class MigratedDatabasesTests : IAsyncDisposable
{
    private readonly PostgresServer _server;
    private readonly MigrationFolder _folder = new();

    public MigratedDatabasesTests(PostgresServer server)
    {
        _server = server;
        // Scripts that no other test has, so that the template is this test's own.
        _folder.Write("20250101_000001_a.sql", $"CREATE TABLE words (word text); COMMENT ON TABLE words IS '{Guid.NewGuid()}';");
        _folder.Write("20250101_000002_b.sql", "-- Environments: test\nINSERT INTO words VALUES ('seed');");
    }

    [Fact]
    public async Task Every_database_is_migrated_and_no_other_test_writes_into_it()
    {
        await using var databases = Databases();
        var made = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => databases.CreateAsync(TestContext.Current.CancellationToken)));

        foreach (var database in made)
            await ExecuteAsync(database, $"INSERT INTO words VALUES ('{database.Name}')");

        foreach (var database in made)
            Assert.Equal($"seed {database.Name}", await AskAsync(database.ConnectionString, "select string_agg(word, ' ' order by word desc) from words"));
        Assert.Equal(6, made.Select(database => database.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal("20250101_000001 20250101_000002", await AskAsync(made[0].ConnectionString, "select string_agg(version, ' ' order by version) from schema_migrations"));
    }

    [Fact]
    public async Task Of_three_runs_at_once_one_makes_the_template_and_a_later_one_uses_it_again()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(FirstNumberAsync, TestContext.Current.CancellationToken)));
        var template = await TemplateAsync();
        var later = await FirstNumberAsync();

        Assert.Equal([1, 1, 2], runs.Order()); // who makes the template has used a name more
        Assert.Equal(1, later);
        Assert.Equal(template, await TemplateAsync());
        _folder.Write("20250101_000003_c.sql", "CREATE TABLE c ();");
        Assert.Equal(2, await FirstNumberAsync());

        async Task<int> FirstNumberAsync()
        {
            await using var databases = Databases();
            await using var database = await databases.CreateAsync();
            return int.Parse(database.Name.Split('_')[^1], CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task Nothing_but_the_template_is_left_when_the_run_ends()
    {
        string run;
        await using (var databases = Databases())
        {
            var kept = await databases.CreateAsync(TestContext.Current.CancellationToken);
            await using (await databases.CreateAsync(TestContext.Current.CancellationToken))
                run = RunOf(kept);
            // somebody is still connected, and nobody has disposed of it
            await ExecuteAsync(kept, "INSERT INTO words VALUES ('x')");
        }

        Assert.Equal("0", await AskAsync(_server.Admin.ConnectionString, $"select count(*) from pg_database where starts_with(datname, '{run}')"));
        Assert.NotNull(await TemplateAsync());
    }

    [Fact]
    public async Task Databases_of_a_killed_run_are_dropped_by_the_next_one_and_those_of_a_living_one_are_not()
    {
        await using var living = Databases();
        await using var other = await living.CreateAsync(TestContext.Current.CancellationToken);
        var killed = Databases();
        var left = await killed.CreateAsync(TestContext.Current.CancellationToken);
        var key = Convert.ToInt32(RunOf(left).Split('_')[^1], 16);
        // What the server sees of a kill: the run's sessions are gone.
        await _server.ExecuteAsync($"select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory' and classid::bigint = {TestServer.LockClass} and objid::bigint = {key}");

        await using (var next = Databases())
            await next.CreateAsync(TestContext.Current.CancellationToken);

        Assert.Null(await AskAsync(_server.Admin.ConnectionString, $"select datname from pg_database where datname = '{left.Name}'"));
        Assert.Equal("seed", await AskAsync(other.ConnectionString, "select word from words"));
    }

    [Fact]
    public async Task A_template_that_nobody_has_used_for_a_week_is_dropped()
    {
        await using (var first = Databases())
            await first.CreateAsync(TestContext.Current.CancellationToken);
        var template = (await TemplateAsync())!.Split(' ')[0];
        await _server.ExecuteAsync($"do $$ begin execute format('comment on database {template} is %L', 'PhaserAI.Migrations.Testing, last used ' || (current_date - 8)); end $$");
        _folder.Write("20250101_000003_c.sql", "CREATE TABLE c ();");

        await using (var other = Databases())
            await other.CreateAsync(TestContext.Current.CancellationToken);

        Assert.Null(await AskAsync(_server.Admin.ConnectionString, $"select datname from pg_database where datname = '{template}'"));
        Assert.NotNull(await TemplateAsync());
    }

    [Fact]
    public async Task A_migration_that_fails_is_told_to_every_test_and_leaves_no_template()
    {
        _folder.Write("20250101_000003_c.sql", "SELECT missing;");
        await using var databases = Databases();

        var failures = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Assert.ThrowsAsync<RunFailedException>(() => databases.CreateAsync())));

        Assert.All(failures, failure => Assert.Contains("20250101_000003_c.sql:1:8\n", failure.Message, StringComparison.Ordinal));
        Assert.Null(await TemplateAsync());
    }

    [Fact]
    public async Task Two_roles_on_one_server_do_not_need_each_other_s_template()
    {
        await using var role = await TestRole.CreateAsync(_server);
        await _server.ExecuteAsync($"ALTER ROLE {role.Name} CREATEDB");
        await using (var databases = Databases())
        await using (await databases.CreateAsync(TestContext.Current.CancellationToken))
        {
        }

        await using (var databases = new MigratedDatabases(new NpgsqlConnectionStringBuilder(_server.Admin.ConnectionString) { Username = role.Name }.ConnectionString, _folder.Path))
        await using (var database = await databases.CreateAsync(TestContext.Current.CancellationToken))
            Assert.Equal(role.Name, await AskAsync(database.ConnectionString, "select current_user"));
        await _server.ExecuteAsync($"DROP DATABASE {Template.Name(_folder.Path, "test", role.Name).Name}");
    }

    [Fact]
    public async Task A_server_that_is_away_is_said_without_the_password()
    {
        var address = new NpgsqlConnectionStringBuilder(_server.Admin.ConnectionString) { Port = PostgresServer.FreePort(), Password = "sw0rdfish" };
        await using var databases = new MigratedDatabases(address.ConnectionString, _folder.Path);

        var refusal = await Assert.ThrowsAsync<ConnectionFailedException>(() => databases.CreateAsync());

        Assert.Contains($"127.0.0.1:{address.Port}", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sw0rdfish", refusal.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The figures of docs/library.md: <c>-explicit only -class '*MigratedDatabasesTests'</c>.</summary>
    [Fact(Explicit = true)]
    public async Task How_long_a_database_takes()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var databases = new MigratedDatabases(_server.Admin.ConnectionString, MigrationFolder.OfRepository);
        var began = Stopwatch.GetTimestamp();
        await (await databases.CreateAsync(cancellationToken)).DisposeAsync();
        var first = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        foreach (var work in (int[])[0, 20, 100])
        {
            var times = new List<double>();
            for (var test = 0; test < 40; test++)
            {
                var asked = Stopwatch.GetTimestamp();
                await using var database = await databases.CreateAsync(cancellationToken);
                times.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                await AskAsync(database.ConnectionString, string.Create(CultureInfo.InvariantCulture, $"select pg_sleep({work / 1000.0})"));
            }

            times.Sort();
            TestContext.Current.SendDiagnosticMessage("first {0:0} ms; tests of {1} ms: median {2:0.0} ms, 95 % {3:0.0} ms, longest {4:0.0} ms", first, work, times[20], times[37], times[39]);
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private MigratedDatabases Databases() => new(new NpgsqlConnectionStringBuilder(_server.Admin.ConnectionString) { Pooling = true }.ConnectionString, _folder.Path);

    private Task<string?> TemplateAsync() =>
        AskAsync(_server.Admin.ConnectionString, $"select datname || ' ' || oid from pg_database where datname = '{Template.Name(_folder.Path, "test", _server.Admin.Username!).Name}'");

    private static string RunOf(MigratedDatabase database) => database.Name[..database.Name.LastIndexOf('_')];

    private static async Task ExecuteAsync(MigratedDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string?> AskAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = true };
        return await command.ExecuteScalarAsync() as string;
    }
}
