using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>What is wrong with the folder of migrations is said about all files at once, before anything is changed: exit code 3.</summary>
public sealed class FolderTests(PostgresServer server)
{
    [Fact]
    public async Task Bad_names_and_versions_used_twice_are_all_listed()
    {
        var (result, tables) = await UpAsync(folder =>
        {
            folder.Write("20250101_000000_good.sql", "CREATE TABLE good ();\n");
            folder.Write("add_users.sql", "SELECT 1;\n");
            folder.Write("20250101-000000_hyphen.sql", "SELECT 1;\n");
            folder.Write("20250101_000001.sql", "SELECT 1;\n");
            folder.Write("20250101_000002_upper.SQL", "SELECT 1;\n");
            folder.Write("20250102_000000_a.sql", "SELECT 1;\n");
            folder.Write("20250102_000000_b.sql", "SELECT 1;\n");
            folder.Write("README.md", "not a migration");
        });
        Assert.True(result.Code == 3, result.ToString());
        Assert.All(
            ["add_users.sql", "20250101-000000_hyphen.sql", "20250101_000001.sql", "20250101_000002_upper.SQL"],
            name => Assert.Contains($"error: the name does not fit YYYYMMDD_HHMMSS_description.sql\n  --> infra/migrations/{name}\n", result.Error, StringComparison.Ordinal));
        Assert.Contains("20250102_000000_b.sql", result.Error, StringComparison.Ordinal);
        Assert.Contains("version 20250102_000000 is used twice: also by 20250102_000000_a.sql", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("README", result.Error, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed.", result.Error, StringComparison.Ordinal);
        Assert.Equal("0", tables);
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF8_are_shown_with_their_line_and_column()
    {
        var (result, tables) = await UpAsync(folder =>
        {
            folder.Write("20250101_000000_good.sql", "CREATE TABLE good ();\n");
            folder.Write("20250101_000001_latin.sql", [.. "-- 😀\nSELECT '"u8, 0xE9, .. "t';\n"u8]);
        });
        Assert.True(result.Code == 3, result.ToString());
        Assert.Contains("--> infra/migrations/20250101_000001_latin.sql:2:9\n", result.Error, StringComparison.Ordinal);
        Assert.Contains("UTF-8", result.Error, StringComparison.Ordinal);
        Assert.Equal("0", tables);
    }

    [Fact]
    public async Task Every_problem_of_every_pending_file_comes_before_the_first_change()
    {
        var (result, tables) = await UpAsync(folder =>
        {
            folder.Write("20250101_000000_good.sql", "CREATE TABLE good ();\n");
            folder.Write("20250101_000001_open.sql", "BEGIN;\nSELECT 1;\n");
            folder.Write("20250101_000002_quote.sql", "SELECT 'x;\n");
        });
        Assert.True(result.Code == 3, result.ToString());
        Assert.Contains("20250101_000001_open.sql:1:1", result.Error, StringComparison.Ordinal);
        Assert.Contains("20250101_000002_quote.sql:1:8", result.Error, StringComparison.Ordinal);
        Assert.Equal("0", tables);
    }

    [Fact]
    public async Task A_password_in_a_refused_line_is_not_shown()
    {
        var (result, _) = await UpAsync(folder => folder.Write("20250101_000000_a.sql", "BEGIN; CREATE ROLE r PASSWORD 'sesame'; VACUUM; COMMIT;\n"));
        Assert.True(result.Code == 3, result.ToString());
        Assert.Contains("PASSWORD ********; VACUUM", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_folder_is_no_error_and_says_how_to_begin()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database);
        var status = await cli.RunAsync("status");
        Assert.Equal(0, status.Code);
        Assert.Contains("There are no migrations yet. Make the first one: ./scripts/migrate.sh new NAME", status.Out, StringComparison.Ordinal);
        var list = await cli.RunAsync("list");
        Assert.Equal((0, ""), (list.Code, list.Out));
        Assert.Contains("Nothing to do: no migration is pending.", (await cli.RunAsync("up")).Out, StringComparison.Ordinal);
        Assert.Equal("0", await database.AskAsync("select count(*) from pg_tables where schemaname = 'public'"));
    }

    [Theory]
    [InlineData("status")]
    [InlineData("list")]
    [InlineData("plan")]
    [InlineData("up")]
    [InlineData("down")]
    public async Task A_missing_folder_is_named(string command)
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var result = await new CliRunner(folder, database).RunAsync(command, "--migrations", "db/migrate");
        Assert.True(result.Code == 3, result.ToString());
        Assert.Contains("error: there is no such folder\n  --> db/migrate\n", result.Error, StringComparison.Ordinal);
    }

    private async Task<(CliResult Result, string? Tables)> UpAsync(Action<MigrationFolder> write)
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        write(folder);
        var result = await new CliRunner(folder, database).RunAsync("up");
        return (result, await database.AskAsync("select count(*) from pg_tables where schemaname = 'public'"));
    }
}
