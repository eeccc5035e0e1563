using System.Text.RegularExpressions;
using Npgsql;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>Production as docs/SECURITY.md sets it up: a role that is no superuser migrates, with the page's own SQL.</summary>
public sealed partial class MigratorRoleTests(PostgresServer server) : IAsyncLifetime
{
    private const string Password = "Correct-Horse/9:@";

    private readonly MigrationFolder _folder = new();
    private readonly string _suffix = Guid.NewGuid().ToString("N");
    private TestDatabase? _database;

    private string Migrator => "migrator_" + _suffix;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        await Backups.Shell.RequireDumpAsync(server); // prod makes a backup first
        await _database.ExecuteAsync("REVOKE ALL ON SCHEMA public FROM PUBLIC"); // as PostgreSQL 15 and later have it
        await ExecuteAsync("CREATE ROLE phaserai_app", Sql[0].Replace("LOGIN", $"LOGIN PASSWORD '{Password}'", StringComparison.Ordinal), Sql[1], Sql[2]);
        await server.RequirePasswordAsync(Migrator);
        foreach (var file in Directory.GetFiles(MigrationFolder.OfRepository, "*.sql"))
            File.Copy(file, Path.Combine(_folder.Path, Path.GetFileName(file)));
    }

    [Fact]
    public async Task Up_status_history_failure_and_down_work_without_a_superuser()
    {
        Assert.Equal("f", await _database!.AskAsync($"select rolsuper or rolcreaterole or rolcreatedb from pg_roles where rolname = '{Migrator}'"));
        var up = await Cli().RunAsync("up", "--yes");
        Assert.True(up.Code == 0, up.ToString());
        Assert.Equal(Migrator, await _database.AskAsync("select distinct database_user from schema_migrations_log"));
        foreach (var command in (string[])["status", "list", "plan", "history", "validate"])
            Assert.Equal(0, (await Cli().RunAsync(command)).Code);
        var deep = await Cli().RunAsync("validate", "--deep");
        Assert.True(deep.Code == 0, deep.ToString());

        _folder.Write("20990101_000000_bad.sql", "CREATE TABLE bad (id int);\nSELECT nope;\n");
        var failed = await Cli().RunAsync("up", "--yes");
        Assert.True(failed.Code == 1, failed.ToString());
        Assert.Null(await _database.AskAsync("select to_regclass('bad')"));
        Assert.Equal("42703", await _database.AskAsync("select sqlstate from schema_migrations_log where outcome = 'failed'"));
        File.Delete(Path.Combine(_folder.Path, "20990101_000000_bad.sql"));

        var down = await Cli().RunAsync("down", "--all", "--yes");
        Assert.True(down.Code == 0, down.ToString());
        Assert.Null(await _database.AskAsync("select to_regclass('words')"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Down_against_a_locked_table_gives_up_and_names_who_is_in_the_way(bool mayReadStatistics)
    {
        _folder.Write("20990101_000000_busy.sql", "CREATE TABLE busy (id int);\n-- DOWN:\n-- DROP TABLE busy;\n");
        var up = await Cli().RunAsync("up", "--yes");
        Assert.True(up.Code == 0, up.ToString());
        if (!mayReadStatistics)
            await ExecuteAsync("REVOKE pg_read_all_stats FROM phaserai_migrator");
        await using (var holder = await _database!.OpenAsync())
        {
            await using var transaction = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var take = new NpgsqlCommand("SELECT count(*) FROM busy", holder, transaction);
            await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            var cli = Cli();
            cli.Variables["MIGRATE_LOCK_TIMEOUT"] = "5s"; // who is in the way is asked meanwhile, by another connection
            cli.Variables["MIGRATE_RETRY_BUDGET"] = "0";

            var blocked = await cli.RunAsync("down", "--yes");

            Assert.True(blocked.Code == 1, blocked.ToString());
            Assert.Contains($"in the way: pid {holder.ProcessID}", blocked.Error, StringComparison.Ordinal);
            Assert.Equal(mayReadStatistics, blocked.Error.Contains("SELECT count(*) FROM busy", StringComparison.Ordinal));
            Assert.DoesNotContain("insufficient privilege", blocked.Error, StringComparison.Ordinal);
        }

        Assert.Equal(0, (await Cli().RunAsync("down", "--yes")).Code);
    }

    [Fact]
    public async Task A_log_that_another_role_owns_is_written_and_can_not_be_rewritten()
    {
        Assert.Equal(0, (await Cli().RunAsync("up", "20250101_120000", "--yes")).Code);
        await ExecuteAsync(Sql[3]);

        Assert.Equal(0, (await Cli().RunAsync("up", "--yes")).Code);
        Assert.Equal(0, (await Cli().RunAsync("down", "--yes")).Code);
        Assert.Equal(0, (await Cli().RunAsync("history")).Code);
        var asMigrator = new NpgsqlConnectionStringBuilder(_database!.ConnectionString) { Username = Migrator, Password = Password };
        foreach (var sql in (string[])
        [
            "UPDATE schema_migrations_log SET outcome = 'done'", "DELETE FROM schema_migrations_log", "TRUNCATE schema_migrations_log", "DROP TABLE schema_migrations_log",
            "DROP TRIGGER append_only ON schema_migrations_log", "ALTER TABLE schema_migrations_log DISABLE TRIGGER ALL",
            "CREATE OR REPLACE FUNCTION schema_migrations_log_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        ])
        {
            await using var connection = new NpgsqlConnection(asMigrator.ConnectionString);
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand(sql, connection);
            var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    [Fact]
    public async Task What_it_makes_the_application_can_use()
    {
        Assert.Equal(0, (await Cli().RunAsync("up", "--yes")).Code);

        Assert.Equal("t", await _database!.AskAsync($"select has_table_privilege('{Names("phaserai_app")}', 'words', 'select, insert, update, delete') and not has_table_privilege('{Names("phaserai_app")}', 'words', 'truncate')"));
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database!.DisposeAsync();
        foreach (var role in (string[])["phaserai_migrator", "phaserai_app", "phaserai_auditor"])
            await server.ExecuteAsync(Names($"DROP ROLE IF EXISTS {role}"));
    }

    /// <summary>The page's blocks of SQL, in order.</summary>
    private static string[] Sql { get; } =
        [.. SqlBlock().Matches(File.ReadAllText(Path.Combine(MigrationFolder.RepositoryRoot, "docs", "SECURITY.md"))).Select(match => match.Groups[1].Value)];

    /// <summary>Roles belong to the whole server: each test has its own.</summary>
    private string Names(string sql) => sql
        .Replace("phaserai_migrator", Migrator, StringComparison.Ordinal)
        .Replace("phaserai_app", "app_" + _suffix, StringComparison.Ordinal)
        .Replace("phaserai_auditor", "auditor_" + _suffix, StringComparison.Ordinal)
        .Replace("phaserai_prod", _database?.Address.Database, StringComparison.Ordinal);

    private async Task ExecuteAsync(params string[] statements)
    {
        foreach (var sql in statements)
            await _database!.ExecuteAsync(Names(sql));
    }

    private CliRunner Cli()
    {
        var cli = new CliRunner(_folder, _database) { Variables = { ["ENVIRONMENT"] = "prod" } };
        cli.Variables["DB_USER"] = Migrator;
        cli.Variables["DB_PASSWORD"] = Password;
        return cli;
    }

    [GeneratedRegex("```sql\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex SqlBlock();
}
