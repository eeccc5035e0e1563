using System.Text.RegularExpressions;
using Npgsql;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.Tests.Backups;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>The commands of docs/RECOVERY.md do what the page says, each section on a database that needs it.</summary>
public sealed partial class RecoveryPageTests(PostgresServer server) : IAsyncLifetime
{
    private const string Version = "20250104_100000";
    private const string File = Version + "_add_new_feature.sql";
    private const string Script = "BEGIN;\nCREATE TABLE new_table (id int);\nCOMMIT;\n-- DOWN:\n-- DROP TABLE IF EXISTS new_table;\n";

    private TestDatabase? _database;
    private ScratchProject? _project;

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateDatabaseAsync();
        _project = new ScratchProject(_database);
        _project.Folder.Write("20250101_000000_first.sql", "CREATE TABLE first (id int);\n");
        _project.Folder.Write(File, Script);
    }

    [Fact]
    public async Task Look_first()
    {
        await UpAsync();
        var looked = await RunAsync("Look first");
        Assert.Contains("2 applied, 0 pending", looked.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_failed_midway()
    {
        var broken = "BEGIN;\nCREATE TABLE new_table (id int);\nCOMMIT;\nBEGIN;\nALTER TABLE new_table ADD COLUMN name tex;\nCOMMIT;\n-- DOWN:\n-- DROP TABLE IF EXISTS new_table;\n";
        _project!.Folder.Write(File, broken);
        Assert.NotEqual(0, (await _project.RunAsync("./scripts/migrate.sh up")).Code);
        var blocks = BlocksOf("A migration failed midway");

        // The comment in the block stands for the mending.
        _project.Folder.Write("mend.sh", $"sed -i 's/tex;/text;/' infra/migrations/{File}\n");
        await SucceedAsync(blocks[0].Replace("# mend the file that the message names, then:", "bash infra/migrations/mend.sh", StringComparison.Ordinal));
        Assert.Equal("id name", await _database!.AskAsync("select string_agg(attname, ' ' order by attnum) from pg_attribute where attrelid = 'new_table'::regclass and attnum > 0"));

        Assert.Equal(0, (await _project.RunAsync("./scripts/migrate.sh down")).Code);
        _project.Folder.Write(File, broken);
        Assert.NotEqual(0, (await _project.RunAsync("./scripts/migrate.sh up")).Code);
        await SucceedAsync(blocks[1]);
        Assert.Equal("20250101_000000 0", await _database.AskAsync("select string_agg(version, ' ') || ' ' || (select count(*) from schema_migrations_checkpoint) from schema_migrations"));
        Assert.Null(await _database.AskAsync("select to_regclass('new_table')"));
    }

    [Fact]
    public async Task An_index_was_left_half_built()
    {
        await UpAsync();
        await _database!.ExecuteAsync("INSERT INTO new_table VALUES (1), (1)");
        _project!.Folder.Write("20250105_000000_index.sql", "CREATE UNIQUE INDEX CONCURRENTLY half_built ON new_table (id);\n");
        Assert.NotEqual(0, (await _project.RunAsync("./scripts/migrate.sh up")).Code);
        await _database.ExecuteAsync("DELETE FROM new_table");
        Assert.Equal("f", await _database.AskAsync("select coalesce((select indisvalid from pg_index where indexrelid = to_regclass('half_built')), false)"));

        await RunAsync("An index was left half built");
        Assert.Equal("t", await _database.AskAsync("select indisvalid from pg_index where indexrelid = 'half_built'::regclass"));
    }

    [Fact]
    public async Task Marked_as_applied_but_changes_are_missing()
    {
        await UpAsync();
        await _database!.ExecuteAsync("DROP TABLE new_table");
        var blocks = BlocksOf("Marked as applied, but changes are missing");

        var mended = await SucceedAsync(blocks[0]);
        Assert.Contains("new_table", mended.Error, StringComparison.Ordinal);
        Assert.Equal("new_table", await _database.AskAsync("select to_regclass('new_table')"));

        await _database.ExecuteAsync($"DELETE FROM schema_migrations WHERE version = '{Version}'");
        await SucceedAsync(blocks[1]);
        Assert.Contains("2 applied, 0 pending", (await _project!.RunAsync("./scripts/migrate.sh status")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rollback_does_not_work()
    {
        _project!.Folder.Write(File, "CREATE TABLE new_table (id int);\n");
        await UpAsync();
        var refused = await _project.RunAsync("./scripts/migrate.sh down");
        Assert.True(refused.Code == 3, refused.ToString());
        // The message names the very command of the page.
        Assert.Contains($"repair --not-applied {Version} --reason \"undone by hand\"", refused.Error, StringComparison.Ordinal);
        var blocks = BlocksOf("A rollback does not work");
        Assert.Contains($"repair --not-applied {Version} --reason \"undone by hand\"", blocks[1], StringComparison.Ordinal);

        await SucceedAsync(blocks[0]);
        await SucceedAsync(blocks[1]);
        Assert.Null(await _database!.AskAsync("select to_regclass('new_table')"));
        Assert.Equal("20250101_000000", await _database.AskAsync("select string_agg(version, ' ') from schema_migrations"));
        Assert.Equal("undone by hand", await _database.AskAsync("select reason from schema_migrations_log where action = 'repair --not-applied'"));
    }

    [Fact]
    public async Task Data_are_lost_restore_from_a_backup()
    {
        await Shell.RequireDumpAsync(server);
        await UpAsync();
        await _database!.ExecuteAsync("INSERT INTO new_table SELECT generate_series(1, 1000)");
        await SucceedAsync("./scripts/migrate.sh backup create");
        await _database.ExecuteAsync("DROP TABLE new_table");
        try
        {
            var restored = await RunAsync("Data are lost: restore from a backup");

            Assert.Contains("2 applied, 0 pending", restored.Out, StringComparison.Ordinal);
            Assert.Equal("1000", await _database.AskAsync("select count(*) from new_table"));
        }
        finally
        {
            if (await _database.AskAsync("select datname from pg_database where datname like current_database() || '\\_before\\_%'") is { } kept)
                await server.ExecuteAsync($"DROP DATABASE {kept} WITH (FORCE)");
        }
    }

    [Fact]
    public async Task An_applied_file_was_edited()
    {
        await UpAsync();
        _project!.Folder.Write(File, Script.Replace("id int", "id bigint", StringComparison.Ordinal));
        _project.Variables["ENVIRONMENT"] = "test";
        Assert.Equal(3, (await _project.RunAsync("./scripts/migrate.sh up")).Code);

        _project.Variables["CI"] = "true"; // the answer
        var mended = await RunAsync("An applied file was edited");
        Assert.Contains("+CREATE TABLE new_table (id bigint);", mended.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await _project.RunAsync("./scripts/migrate.sh up")).Code);
    }

    [Fact]
    public async Task The_history_is_lost()
    {
        await UpAsync();
        await _database!.ExecuteAsync("DROP TABLE schema_migrations, schema_migrations_detail, schema_migrations_checkpoint");
        var blocks = BlocksOf("The history is lost");

        await SucceedAsync(blocks[0]);
        Assert.Contains("2 applied, 0 pending", (await _project!.RunAsync("./scripts/migrate.sh status")).Out, StringComparison.Ordinal);

        await _database.ExecuteAsync("TRUNCATE schema_migrations");
        await SucceedAsync(blocks[1]);
        Assert.Contains("2 applied, 0 pending", (await _project.RunAsync("./scripts/migrate.sh status")).Out, StringComparison.Ordinal);
        Assert.Equal("2 up, 2 baseline, 2 reset-history", await _database.AskAsync("select string_agg(c || ' ' || action, ', ' order by first) from (select count(*) c, action, min(id) first from schema_migrations_log where outcome = 'done' group by action) l"));
    }

    [Fact]
    public async Task A_lock_is_held_by_a_session_that_should_be_gone()
    {
        await using var holder = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_database!.ConnectionString) { ApplicationName = "phaserai-migrate" }.ConnectionString);
        await holder.OpenAsync(TestContext.Current.CancellationToken);
        await using var take = new NpgsqlCommand($"select pg_advisory_lock({MigrationLock.KeyOf("public")})", holder);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var waited = await _project!.RunAsync("./scripts/migrate.sh up --lock-wait 0");
        Assert.True(waited.Code == 4, waited.ToString());

        var ended = await RunAsync("A lock is held by a session that should be gone");
        Assert.Contains($"{holder.ProcessID}", ended.Out, StringComparison.Ordinal);
        Assert.Contains("2 applied, 0 pending", ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_section_has_its_test()
    {
        var tests = typeof(RecoveryPageTests).GetMethods().Select(method => method.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var title in SectionTitle().Matches(Page).Select(match => match.Groups[1].Value))
            Assert.Contains(title.Replace(",", "", StringComparison.Ordinal).Replace(":", "", StringComparison.Ordinal).Replace(' ', '_'), tests);
    }

    public async ValueTask DisposeAsync()
    {
        _project!.Dispose();
        await _database!.DisposeAsync();
    }

    private static string Page { get; } = System.IO.File.ReadAllText(Path.Combine(MigrationFolder.RepositoryRoot, "docs", "RECOVERY.md"));

    private static string[] BlocksOf(string section)
    {
        var text = Page.Split("\n## ").Single(part => part.StartsWith(section + "\n", StringComparison.Ordinal));
        return [.. BashBlock().Matches(text).Select(match => match.Groups[1].Value)];
    }

    private async Task<CliResult> RunAsync(string section) => await SucceedAsync(string.Join('\n', BlocksOf(section)));

    private async Task<CliResult> SucceedAsync(string commands)
    {
        var result = await _project!.RunAsync(commands);
        Assert.True(result.Code == 0, $"{commands}\n{result}");
        return result;
    }

    private async Task UpAsync() => await SucceedAsync("./scripts/migrate.sh up");

    [GeneratedRegex("```bash\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex BashBlock();

    [GeneratedRegex("^## (.*)$", RegexOptions.Multiline)]
    private static partial Regex SectionTitle();
}
