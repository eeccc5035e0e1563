using System.Globalization;
using System.Text;
using System.Text.Json;
using Npgsql;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>A password that the tool is given, or that stands in a script, is found nowhere afterwards, nor meanwhile.</summary>
public sealed class NoSecretTests(PostgresServer server) : IAsyncLifetime
{
    // Distinctive, and with what has to be escaped in a URL and in SQL.
    private readonly string _secret = "Zebra/7@:%$" + Guid.NewGuid().ToString("N");
    private readonly MigrationFolder _folder = new();
    private readonly List<string> _said = [];
    private TestRole? _role;
    private TestDatabase? _database;

    public async ValueTask InitializeAsync()
    {
        _role = await TestRole.CreateAsync(server, _secret);
        _database = await server.CreateDatabaseAsync();
        await _database.ExecuteAsync($"GRANT ALL ON SCHEMA public TO {_role.Name}");
        // The same password again, so that the next call can still connect.
        _folder.Write("20250101_000001_a.sql", $"""
            CREATE TABLE a (id int);
            ALTER ROLE {_role.Name} PASSWORD '{_secret}';
            DO $do$ BEGIN EXECUTE 'ALTER ROLE {_role.Name} PASSWORD ''{_secret}'''; END $do$;
            -- DOWN:
            -- DROP TABLE a;
            -- ALTER ROLE {_role.Name} PASSWORD '{_secret}';
            """);
    }

    [Theory]
    [InlineData("DB_PASSWORD", "text")]
    [InlineData("DB_PASSWORD", "json")]
    [InlineData("DATABASE_URL", "text")]
    public async Task It_is_in_no_output_and_no_table(string variable, string log)
    {
        string[][] calls =
        [
            ["plan"], ["up", "--dry-run"], ["up"], ["status"], ["list"], ["validate", "--deep"], ["history"], ["down", "--dry-run"], ["down"], ["up"], ["repair", "--dry-run"],
        ];
        foreach (var call in calls)
        {
            Assert.Equal(0, (await RunAsync(variable, log, call)).Code);
            if (call[0] is not ("down" or "up"))
                Assert.Equal(0, (await RunAsync(variable, log, [.. call, "-o", "json"])).Code);
        }

        // An edited file, whose difference is shown; a script that fails at its secret; and one that is refused for it.
        _folder.Write("20250101_000001_a.sql", File.ReadAllText(Path.Combine(_folder.Path, "20250101_000001_a.sql")).Replace("id int", "id bigint", StringComparison.Ordinal));
        await RunAsync(variable, log, "validate");
        await RunAsync(variable, log, "repair", "--dry-run", "-o", "json");
        _folder.Write("20250101_000002_b.sql", $"ALTER ROLE nobody_of_this_name PASSWORD '{_secret}';\n");
        Assert.Equal(1, (await RunAsync(variable, log, "up")).Code);
        Assert.Equal(1, (await RunAsync(variable, log, "up", "-o", "json")).Code);
        _folder.Write("20250101_000002_b.sql", $"BEGIN;\nALTER ROLE x PASSWORD '{_secret}'; COMIT;\n");
        Assert.NotEqual(0, (await RunAsync(variable, log, "up")).Code);
        await RunAsync(variable, log, "history", "-o", "json");

        Assert.All(_said, said => Assert.DoesNotContain(_secret, said, StringComparison.Ordinal));
        Assert.All(_said, said => Assert.DoesNotContain(Uri.EscapeDataString(_secret), said, StringComparison.Ordinal));
        foreach (var table in (string[])["", "_detail", "_checkpoint", "_log"])
            Assert.DoesNotContain(_secret, await _database!.AskAsync($"select string_agg(t::text, ' ') from schema_migrations{table} t") ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DB_PASSWORD")]
    [InlineData("DATABASE_URL")]
    public async Task A_connection_that_fails_does_not_show_it(string variable)
    {
        foreach (var (key, value) in ((string, string)[])[("DB_NAME", "no_such_database"), ("DB_PORT", "1"), ("DB_USER", "nobody"), ("DB_SSLMODE", "require")])
        {
            foreach (string[] form in (string[][])[[], ["-o", "json"], ["--log-format", "json"]])
            {
                var cli = Cli(variable, (key, value));
                var failed = await cli.RunAsync(["up", .. form]);
                Assert.NotEqual(0, failed.Code);
                Assert.DoesNotContain(_secret, failed.ToString(), StringComparison.Ordinal);
                Assert.DoesNotContain(Uri.EscapeDataString(_secret), failed.ToString(), StringComparison.Ordinal);
            }
        }

        // Not fit to be a URL: it is not repeated.
        var broken = Cli("DB_PASSWORD");
        broken.Variables.Clear();
        broken.Variables["DATABASE_URL"] = $"postgres://user:{_secret}@";
        Assert.DoesNotContain(_secret, (await broken.RunAsync("status")).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DB_PASSWORD")]
    [InlineData("DATABASE_URL")]
    public async Task No_process_has_it_in_its_arguments_while_a_run_goes_on(string variable)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        await using var holder = await _database!.OpenAsync();
        await using var take = new NpgsqlCommand($"select pg_advisory_lock({MigrationLock.KeyOf("public")})", holder);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        using var waiting = CliProcess.Start(Cli(variable), "up", "--log-format", "json");
        Assert.True(await waiting.ReadUntilAsync("lock.awaited"));

        var arguments = new StringBuilder();
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _)))
        {
            try
            {
                arguments.AppendLine(await File.ReadAllTextAsync(Path.Combine(process, "cmdline"), TestContext.Current.CancellationToken));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }

        Assert.Contains("phaserai-migrate", arguments.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(_secret, arguments.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Uri.EscapeDataString(_secret), arguments.ToString(), StringComparison.Ordinal);
        await waiting.SignalAsync("TERM");
        Assert.DoesNotContain(_secret, (await waiting.WaitAsync()).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Through_its_script_a_crash_leaves_no_core_file()
    {
        using var project = new ScratchProject(_database!);
        project.WriteProgram("limit", "#!/usr/bin/env bash\nulimit -c; ulimit -H -c\n");

        var limits = await project.RunAsync("PHASERAI_MIGRATE=limit ./scripts/migrate.sh status");

        Assert.Equal("0\n0\n", limits.Out);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
        await _role!.DisposeAsync();
    }

    private async Task<CliResult> RunAsync(string variable, string log, params string[] args)
    {
        var result = await Cli(variable).RunAsync([.. args, "--log-format", log]);
        Assert.DoesNotContain("Exception", result.ToString(), StringComparison.Ordinal);
        if (log == "json")
            Assert.All(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonDocument.Parse(line));
        _said.Add(result.ToString());
        return result;
    }

    private CliRunner Cli(string variable, params ReadOnlySpan<(string Key, string Value)> other)
    {
        var cli = new CliRunner(_folder, _database) { Variables = { ["DB_USER"] = _role!.Name, ["DB_PASSWORD"] = _secret } };
        foreach (var (key, value) in other)
            cli.Variables[key] = value;
        if (variable is "DB_PASSWORD")
            return cli;
        var set = cli.Variables;
        set["DATABASE_URL"] = $"postgres://{set["DB_USER"]}:{Uri.EscapeDataString(_secret)}@{set["DB_HOST"]}:{set["DB_PORT"]}/{set["DB_NAME"]}?sslmode={set["DB_SSLMODE"]}";
        foreach (var name in (string[])["DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_SSLMODE"])
            set.Remove(name);
        return cli;
    }
}
