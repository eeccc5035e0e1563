using System.Text.RegularExpressions;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>The guide's SQL, placed in migrations as the guide places it, and run by <c>up</c> and <c>down</c>.</summary>
public sealed partial class SqlBlocksTests(PostgresServer server) : IAsyncLifetime
{
    private const string Words = """
        CREATE TABLE words (id serial PRIMARY KEY, word text NOT NULL);
        CREATE INDEX idx_words_word ON words(word);
        INSERT INTO words (word) SELECT repeat('X', n % 9 + 1) FROM generate_series(1, 2500) n;
        """;

    private readonly MigrationFolder _folder = new();
    private TestDatabase? _database;

    private TestDatabase Database => _database!;

    public async ValueTask InitializeAsync() => _database = await server.CreateDatabaseAsync();

    [Fact, RunsBlocks(5)]
    public async Task File_template()
    {
        await Database.ExecuteAsync("CREATE EXTENSION \"uuid-ossp\"");
        _folder.Write("20250104_100000_add_new_feature.sql", GuideRuns.TextOf(5));

        await SucceedAsync("up");
        await Database.ExecuteAsync("INSERT INTO new_table (name) VALUES ('a')");
        Assert.Equal("20250104_100000 Add new feature table 64", await Database.AskAsync("select concat_ws(' ', version, description, length(checksum)) from schema_migrations"));
        Assert.Equal("idx_new_table_name", await Database.AskAsync("select to_regclass('idx_new_table_name')"));

        await SucceedAsync("down");
        Assert.Equal("0", await Database.AskAsync("select count(*) from schema_migrations"));
        Assert.Null(await Database.AskAsync("select to_regclass('new_table')"));
    }

    [Fact, RunsBlocks(18)]
    public async Task Always_use_transactions()
    {
        _folder.Write("20250104_100000_change.sql", GuideRuns.TextOf(18));
        await SucceedAsync("up");
        Assert.Equal("20250104_100000", await Database.AskAsync("select version from schema_migrations"));
    }

    [Fact, RunsBlocks(19)]
    public async Task Make_migrations_idempotent()
    {
        await Database.ExecuteAsync("CREATE TABLE existing_table (id int)");
        _folder.Write("20250104_100000_placeholders.sql", GuidePage.Blocks[18].Text);
        var refused = await UpAsync();
        Assert.Equal(1, refused.Code);
        Assert.Contains("20250104_100000_placeholders.sql:1:", refused.Error, StringComparison.Ordinal);
        Assert.Contains("[42601]", refused.Error, StringComparison.Ordinal);
        Assert.Contains("it left no trace", refused.Error, StringComparison.Ordinal);

        File.Delete(Path.Combine(_folder.Path, "20250104_100000_placeholders.sql"));
        _folder.Write("20250104_100000_first.sql", GuideRuns.TextOf(19));
        _folder.Write("20250104_100001_again.sql", GuideRuns.TextOf(19));
        await SucceedAsync("up");
        Assert.Equal("new_table idx_name new_column", await Database.AskAsync(
            "select concat_ws(' ', to_regclass('new_table'), to_regclass('idx_name'), (select attname from pg_attribute where attrelid = 'existing_table'::regclass and attname = 'new_column'))"));
    }

    [Fact, RunsBlocks(20)]
    public async Task Provide_default_values()
    {
        await Database.ExecuteAsync(Words);
        _folder.Write("20250104_100000_default.sql", GuideRuns.TextOf(20));
        await SucceedAsync("up");
        Assert.Equal("2500", await Database.AskAsync("select count(*) from words where difficulty = 1"));
    }

    [Fact, RunsBlocks(21)]
    public async Task Separate_schema_and_data_changes()
    {
        await Database.ExecuteAsync(Words);
        // Each part is in the file that its comment names.
        var parts = NamedPart().Matches(GuideRuns.TextOf(21));
        Assert.Equal(["20250104_100000_add_difficulty_column.sql", "20250104_100001_populate_difficulty_data.sql"], parts.Select(part => part.Groups["file"].Value));
        foreach (Match part in parts)
            _folder.Write(part.Groups["file"].Value, part.Value);
        await SucceedAsync("up");
        Assert.Equal("1 2 3", await Database.AskAsync("select string_agg(distinct difficulty::text, ' ') from words"));
        Assert.Equal("0", await Database.AskAsync("select count(*) from words where difficulty <> case when length(word) <= 3 then 1 when length(word) <= 6 then 2 else 3 end"));
    }

    [Fact, RunsBlocks(22, 23, 24, 26)]
    public async Task Batches_indexes_and_timing()
    {
        await Database.ExecuteAsync(Words + "ALTER TABLE words ADD COLUMN difficulty INTEGER;");
        _folder.Write("20250104_100000_batches.sql", GuideRuns.TextOf(22));
        _folder.Write("20250104_100001_index.sql", GuideRuns.TextOf(23));
        _folder.Write("20250104_100002_recreate.sql", GuideRuns.TextOf(24));
        _folder.Write("20250104_100003_timing.sql", GuideRuns.TextOf(26));

        var up = await SucceedAsync("up");

        Assert.Equal(["1000", "1000", "500"], Processed().Matches(up.ToString()).Select(match => match.Groups[1].Value));
        Assert.Equal("0", await Database.AskAsync("select count(*) from words where difficulty is null or word <> lower(word)"));
        Assert.Equal("t", await Database.AskAsync("select bool_and(indisvalid) from pg_index where indexrelid in ('idx_words_difficulty'::regclass, 'idx_words_word'::regclass)"));
        Assert.Contains("QUERY PLAN", up.Out, StringComparison.Ordinal);
        Assert.Contains("Execution Time: ", up.Out, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await Database.DisposeAsync();
    }

    private Task<CliResult> UpAsync() => new CliRunner(_folder, Database).RunAsync("up");

    private async Task<CliResult> SucceedAsync(string command)
    {
        var result = await new CliRunner(_folder, Database).RunAsync(command);
        Assert.True(result.Code == 0, result.ToString());
        return result;
    }

    [GeneratedRegex(@"^-- \w+ migration: (?<file>\S+)\n(?:(?!-- ).*\n)+", RegexOptions.Multiline)]
    private static partial Regex NamedPart();

    [GeneratedRegex(@"Processed (\d+) rows")]
    private static partial Regex Processed();
}
