using Microsoft.EntityFrameworkCore;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Imports;

/// <summary><c>import --from efcore</c>, with a table that EF Core itself has made, and with its scripts.</summary>
public sealed class EfCoreImportTests(PostgresServer server) : IAsyncLifetime
{
    private ImportProject? _project;

    private ImportProject Project => _project!;

    public async ValueTask InitializeAsync()
    {
        _project = await ImportProject.CreateAsync(server, "efcore-scripts");
        await using var shop = new EfCoreShop(Project.Database.ConnectionString);
        await shop.Database.MigrateAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Its_scripts_become_the_files_and_run_on_a_new_database()
    {
        await using (var shop = new EfCoreShop(Project.Database.ConnectionString))
        {
            foreach (var (id, before) in (ReadOnlySpan<(string, string)>)[(EfCoreShop.First, "0"), (EfCoreShop.Second, EfCoreShop.First)])
            {
                Project.Write($"{id}.sql", shop.Script(before, id));
                Project.Write($"{id}.down.sql", shop.Script(id, before));
            }
        }

        var import = await Project.RunAsync("import", "--from", "efcore", "--yes");

        Assert.True(import.Code == 0, import.ToString());
        Assert.Equal(["20250101_120000_InitialCreate.sql", "20250102_090000_AddEmail.sql"], Project.Files);
        Assert.Equal("20250101_120000 - -\n20250102_090000 - -", await Project.HistoryAsync());
        var validate = await Project.Cli("prod").RunAsync("validate", "--deep");
        Assert.True(validate.Code == 0, validate.ToString());
        Assert.Contains("Nothing to do", (await Project.RunAsync("import", "--from", "efcore")).Out, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(Project.New, "20250103_080000_next.sql"), "ALTER TABLE \"Users\" ADD COLUMN phone text;\n", TestContext.Current.CancellationToken);
        Assert.Equal(0, (await Project.Cli("prod").RunAsync("up", "--yes", "--no-backup")).Code);

        var down = await Project.RunAsync("down", "20250101_120000");
        Assert.True(down.Code == 3, down.ToString()); // the new one has no DOWN
        await using var fresh = await server.CreateDatabaseAsync();
        var cli = Project.Cli();
        cli.Variables["DB_NAME"] = fresh.Address.Database!;
        File.Delete(Path.Combine(Project.New, "20250103_080000_next.sql"));
        Assert.Equal(0, (await cli.RunAsync("up")).Code);
        await using (var shop = new EfCoreShop(fresh.ConnectionString))
            Assert.Empty(await shop.Database.GetPendingMigrationsAsync(TestContext.Current.CancellationToken));
        var all = await cli.RunAsync("down", "--all");
        Assert.True(all.Code == 0, all.ToString());
        Assert.Null(await fresh.AskAsync("select to_regclass('\"Users\"')"));
    }

    [Fact]
    public async Task Without_scripts_it_is_refused_and_stubs_are_to_be_asked_for()
    {
        Directory.Delete(Project.Old);
        Directory.Delete(Project.New);
        var refused = await Project.RunAsync("import", "--from", "efcore", "--yes");
        Assert.True(refused.Code == 3, refused.ToString());
        Assert.Contains($"there is no SQL for what EF Core has applied: {EfCoreShop.First}, {EfCoreShop.Second}", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--stubs", refused.Error, StringComparison.Ordinal);

        var import = await Project.RunAsync("import", "--from", "efcore", "--yes", "--stubs");
        Assert.True(import.Code == 0, import.ToString());
        Assert.Equal(["20250101_120000_InitialCreate.sql", "20250102_090000_AddEmail.sql"], Project.Files);
        Assert.Equal(0, (await Project.Cli("prod").RunAsync("validate", "--deep")).Code);
        Assert.Equal(0, (await Project.Cli("prod").RunAsync("up", "--yes", "--no-backup")).Code);
        var down = await Project.RunAsync("down");
        Assert.True(down.Code == 3, down.ToString());
    }

    public ValueTask DisposeAsync() => Project.DisposeAsync();
}
