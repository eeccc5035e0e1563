using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>The migrations of this repository.</summary>
public sealed class OwnMigrationsTests(PostgresServer server)
{
    [Fact]
    public async Task All_the_way_down_and_up_again_gives_the_same_schema()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        foreach (var file in Directory.GetFiles(MigrationFolder.OfRepository, "*.sql"))
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        var cli = new CliRunner(folder, database);
        await cli.RunAsync("up");
        var first = await database.DumpSchemaAsync();
        Assert.Contains("public.words", first, StringComparison.Ordinal);

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
}
