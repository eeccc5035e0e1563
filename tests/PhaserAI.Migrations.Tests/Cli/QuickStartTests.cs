using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>The guide's Quick Start on the migrations of this repository.</summary>
public sealed class QuickStartTests(PostgresServer server)
{
    [Fact]
    public async Task Up_applies_every_file_and_the_second_time_there_is_nothing_to_do()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        CopyMigrations(folder);
        var cli = new CliRunner(folder, database);

        var first = await cli.RunAsync("up");
        Assert.True(first.Code == 0, first.ToString());
        var versions = Directory.GetFiles(folder.Path).Length;
        Assert.Contains($"Applied {versions} migrations", first.Out, StringComparison.Ordinal);
        Assert.Contains($"{versions} applied, 0 pending", first.Out, StringComparison.Ordinal);

        var second = await cli.RunAsync("up");
        Assert.True(second.Code == 0, second.ToString());
        Assert.Contains("Nothing to do", second.Out, StringComparison.Ordinal);
        Assert.Equal($"{versions}", await database.AskAsync("select count(*) from schema_migrations where checksum ~ '^[0-9a-f]{64}$'"));
    }

    [Fact]
    public async Task All_the_way_down_and_up_again_gives_the_same_schema()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        CopyMigrations(folder);
        var cli = new CliRunner(folder, database);
        await cli.RunAsync("up");
        var first = await database.DumpSchemaAsync();
        Assert.Contains("CREATE TABLE public.words", first, StringComparison.Ordinal);

        for (var left = Directory.GetFiles(folder.Path).Length; left > 0; left--)
        {
            var down = await cli.RunAsync("down");
            Assert.True(down.Code == 0, down.ToString());
        }

        var empty = await database.DumpSchemaAsync();
        Assert.DoesNotContain("words", empty, StringComparison.Ordinal);
        Assert.DoesNotContain("set_updated_at", empty, StringComparison.Ordinal);
        var up = await cli.RunAsync("up");
        Assert.True(up.Code == 0, up.ToString());
        Assert.Equal(first, await database.DumpSchemaAsync());
    }

    [Fact]
    public async Task Up_to_a_version_stops_there_and_down_to_a_version_keeps_it()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        CopyMigrations(folder);
        var cli = new CliRunner(folder, database);

        Assert.Equal(0, (await cli.RunAsync("up", "20250102_143000")).Code);
        Assert.Equal("20250102_143000", await database.AskAsync("select max(version) from schema_migrations"));

        Assert.Equal(0, (await cli.RunAsync("down", "20250101_120000")).Code);
        Assert.Equal("20250101_120000", await database.AskAsync("select string_agg(version, ' ') from schema_migrations"));
    }

    private static void CopyMigrations(MigrationFolder folder)
    {
        foreach (var file in Directory.GetFiles(MigrationFolder.OfRepository, "*.sql"))
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
    }
}
