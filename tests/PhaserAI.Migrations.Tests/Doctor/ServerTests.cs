using Npgsql;
using PhaserAI.Migrations.Cli.Doctor;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Doctor;

/// <summary>What doctor finds on a server; each on a database that has just that.</summary>
public sealed class ServerTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await server.CreateDatabaseAsync();

    [Fact]
    public async Task A_healthy_database_has_no_problem_and_is_left_as_it_is()
    {
        _folder.Write("20250101_000000_a.sql", "CREATE TABLE a (n int);\n-- DOWN:\n-- DROP TABLE a;\n");
        var before = await _database.DumpSchemaAsync();
        var result = await new CliRunner(_folder, _database).RunAsync("doctor");
        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal(before, await _database.DumpSchemaAsync());
        Assert.Contains($"Doctor of {_database.Address.Database} on 127.0.0.1:{_database.Address.Port} (dev)", result.Out, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  ok       history +there is none yet: the first up makes it in schema public$", result.Out);
        Assert.Matches(@"(?m)^  ok       scripts +1 pending; they can all be read", result.Out);
        Assert.Matches(@"(?m)^  skipped  extensions +pending scripts create none$", result.Out);
        Assert.Matches(@"(?m)^0 problems, .* nothing was changed\.$", result.Out);

        var applied = await new CliRunner(_folder, _database).RunAsync("up");
        Assert.True(applied.Code == 0, applied.ToString());
        var after = await ExamineAsync();
        after.AssertFound("history", "ok", "public.schema_migrations: 1 applied, the newest 20250101_000000");
        after.AssertFound("lock", "ok", "free");
        after.AssertFound("rights", "ok", "may write the history");
        Assert.Equal(0, after.Result.Code);
    }

    [Fact]
    public async Task Quiet_shows_only_what_is_to_be_done()
    {
        await _database.ExecuteAsync($"ALTER DATABASE {_database.Address.Database} SET statement_timeout = '30s'");
        var result = await new CliRunner(_folder, _database).RunAsync("doctor", "--quiet");
        Assert.DoesNotMatch("(?m)^  (ok|skipped) ", result.Out);
        Assert.Matches("(?m)^  warning  timeouts ", result.Out);
    }

    [Fact]
    public async Task A_read_only_database_is_a_problem()
    {
        await _database.ExecuteAsync($"ALTER DATABASE {_database.Address.Database} SET default_transaction_read_only = on");
        (await ExamineAsync()).AssertFound("writable", "problem", "default_transaction_read_only is on", "RESET default_transaction_read_only");
    }

    [Fact]
    public async Task A_pooler_is_seen_and_what_can_not_run_through_it()
    {
        _folder.Write("20250101_000000_a.sql", "CREATE INDEX CONCURRENTLY i ON t (n);\n");
        await using var pooler = await PgBouncer.StartAsync(server);
        var cli = new CliRunner(_folder, _database) { Variables = { ["DB_PORT"] = $"{pooler.AddressOf(_database).Port}" } };
        var found = await Diagnosis.RunAsync(cli);
        found.AssertFound("pooler", "warning", "a connection pooler is between", $"127.0.0.1:{_database.Address.Port}, as the pooler sees it");
        found.AssertFound("scripts", "problem", "runs outside a transaction, and through a connection pooler only transactions are safe", "Connect to the server itself");
    }

    [Fact]
    public async Task Who_holds_the_lock_is_named()
    {
        await using var holder = await _database.OpenAsync();
        await using (var take = new NpgsqlCommand($"SELECT pg_advisory_lock({MigrationLock.KeyOf("public")})", holder))
            await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        (await ExamineAsync()).AssertFound("lock", "warning", $"a run is going on: pid {holder.ProcessID} (postgres", $"pg_terminate_backend({holder.ProcessID})");
    }

    [Fact]
    public async Task What_a_cut_off_build_has_left_is_named()
    {
        await _database.ExecuteAsync("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (1);");
        await Assert.ThrowsAsync<PostgresException>(() => _database.ExecuteAsync("CREATE UNIQUE INDEX CONCURRENTLY t_n ON t (n)"));
        (await ExamineAsync()).AssertFound("indexes", "warning", "index t_n of t is INVALID", "REINDEX INDEX CONCURRENTLY t_n");
    }

    [Fact]
    public async Task Open_transactions_are_named()
    {
        await using var idle = await _database.OpenAsync();
        await using (var begin = new NpgsqlCommand("BEGIN; SELECT 'in the way'", idle))
            await begin.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await _database.WaitForAsync($"select clock_timestamp() - state_change > interval '2 ms' from pg_stat_activity where pid = {idle.ProcessID}");
        var cli = new CliRunner(_folder, _database) { Variables = { ["MIGRATE_LOCK_TIMEOUT"] = "1ms" } };
        (await Diagnosis.RunAsync(cli)).AssertFound("transactions", "warning", $"does nothing in an open transaction of", $"pg_terminate_backend({idle.ProcessID})");

        // The same one is long open, when up would not go on trying for as long.
        cli.Variables["MIGRATE_LOCK_TIMEOUT"] = "1h";
        (await Diagnosis.RunAsync(cli)).AssertFound("transactions", "ok", "none open for long");
        cli.Variables["MIGRATE_RETRY_BUDGET"] = "1ms";
        (await Diagnosis.RunAsync(cli)).AssertFound("transactions", "warning", $"pid {idle.ProcessID} (postgres", "");
    }

    [Fact]
    public async Task A_prepared_transaction_is_named()
    {
        await _database.ExecuteAsync("BEGIN; CREATE TABLE t (n int); PREPARE TRANSACTION 'doctor test'");
        (await ExamineAsync()).AssertFound("prepared", "warning", "the transaction doctor test of postgres is prepared since", "ROLLBACK PREPARED 'doctor test';");
        await _database.ExecuteAsync("ROLLBACK PREPARED 'doctor test'");
    }

    [Fact]
    public async Task Timeouts_that_change_a_run_are_named()
    {
        await _database.ExecuteAsync($"ALTER DATABASE {_database.Address.Database} SET statement_timeout = '30s'");
        var cli = new CliRunner(_folder, _database) { Variables = { ["MIGRATE_LOCK_TIMEOUT"] = "100ms" } };
        var found = await Diagnosis.RunAsync(cli);
        found.AssertFound("timeouts", "warning", "MIGRATE_LOCK_TIMEOUT is 100 ms, and the server's deadlock_timeout", "Set MIGRATE_LOCK_TIMEOUT above it");
        found.AssertFound("timeouts", "warning", "statement_timeout is 30.0 s for this user", "-- Statement-Timeout: 1h");
    }

    [Fact]
    public async Task Another_encoding_is_a_warning()
    {
        var name = "t_" + Guid.NewGuid().ToString("N");
        await server.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
        await using var latin = new TestDatabase(server, new NpgsqlConnectionStringBuilder(server.Admin.ConnectionString) { Database = name });
        (await Diagnosis.RunAsync(new CliRunner(_folder, latin))).AssertFound("encoding", "warning", "LATIN1: the server refuses characters", "createdb -E UTF8");
    }

    [Fact]
    public async Task A_clock_that_goes_wrong_is_a_warning()
    {
        var clock = new ManualClock();
        clock.Advance(TimeSpan.FromMinutes(2));
        var cli = new CliRunner(_folder, _database) { TimeProvider = clock };
        (await Diagnosis.RunAsync(cli)).AssertFound("clock", "warning", "s ahead of the server's", "timedatectl set-ntp true");
        (await ExamineAsync()).AssertFound("clock", "ok", "agree");
    }

    [Fact]
    public async Task An_extension_that_the_server_does_not_have_is_a_problem()
    {
        _folder.Write("20250101_000000_a.sql", "CREATE EXTENSION IF NOT EXISTS no_such_thing;\nCREATE EXTENSION plpgsql;\n");
        var found = await ExamineAsync();
        found.AssertFound("extensions", "problem", "20250101_000000_a.sql:1 creates the extension no_such_thing, which the server does not have", "pg_available_extensions");
        Assert.DoesNotContain(found.All, finding => finding.Message.Contains("extension plpgsql", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("CREATE TABLE flyway_schema_history (installed_rank int)", "warning", "public.flyway_schema_history looks like the history of Flyway", "flyway")]
    [InlineData("CREATE TABLE \"__EFMigrationsHistory\" (\"MigrationId\" text)", "warning", "looks like the history of EF Core", "efcore")]
    [InlineData("CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)", "problem", "as dbmate or Rails makes it", "dbmate")]
    [InlineData("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean)", "problem", "as golang-migrate makes it", "baseline VERSION")]
    [InlineData("CREATE TABLE goose_db_version (id int)", "warning", "looks like the history of goose", "baseline VERSION")]
    public async Task Another_tools_history_is_named(string sql, string state, string message, string mend)
    {
        await _database.ExecuteAsync(sql);
        var found = await ExamineAsync();
        found.AssertFound("history", state, message);
        var next = found.All.First(finding => finding.Check == "history" && finding.State == state).Next!;
        var canImport = PhaserAI.Migrations.Cli.CommandLine.Describe(new(TextWriter.Null, TextWriter.Null, TextReader.Null, _ => null, "/")).Root.Subcommands.Any(command => command.Name == "import");
        Assert.Contains(mend.Contains(' ', StringComparison.Ordinal) || !canImport ? "baseline VERSION" : $"import --from {mend}", next, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_was_cut_off_is_named()
    {
        _folder.Write("20250101_000000_a.sql", "CREATE TABLE a (n int); INSERT INTO a VALUES (1), (1);\nCREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n);\n");
        Assert.Equal(1, (await new CliRunner(_folder, _database).RunAsync("up")).Code);
        (await ExamineAsync()).AssertFound("history", "warning", "20250101_000000 is half done", "migrate.sh up");
    }

    [Fact]
    public async Task An_adopted_history_is_no_problem()
    {
        await _database.ExecuteAsync("CREATE TABLE schema_migrations (version varchar(50) PRIMARY KEY, applied_at timestamptz, checksum varchar(64), execution_time_ms int, description text)");
        (await ExamineAsync()).AssertFound("history", "ok", "made by an earlier tool, and used as it is");
    }

    [Theory]
    [InlineData(13, "2026-01-01", "Problem", "too old")]
    [InlineData(14, "2026-07-01", "Ok", "corrected until 2026-11-12")]
    [InlineData(14, "2026-09-01", "Warning", "gets its last corrections on 2026-11-12")]
    [InlineData(14, "2026-12-01", "Warning", "gets no more corrections since 2026-11-12")]
    [InlineData(18, "2026-12-01", "Ok", "corrected until 2030-11-14")]
    [InlineData(19, "2026-12-01", "Warning", "newer than what this tool is tested on, 14 to 18")]
    public void Versions_have_an_end(int major, string date, string state, string message)
    {
        var found = ServerCheck.Judge(new Version(major, 2), DateTime.Parse(date, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(state, $"{found.State}");
        Assert.Contains(message, found.Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database.DisposeAsync();
    }

    private Task<Diagnosis> ExamineAsync() => Diagnosis.RunAsync(new CliRunner(_folder, _database));
}
