using System.Text;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Backups;

/// <summary>The guide's way back: <c>psql -h … -U … -d … &lt; backup.sql</c>, whole or not at all.</summary>
public sealed class PlainRestoreTests(PostgresServer server) : IAsyncLifetime
{
    private BackupProject? _project;

    private BackupProject Project => _project!;

    public async ValueTask InitializeAsync() => _project = await BackupProject.CreateAsync(server);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Into_an_empty_database_everything_comes_back(bool hasLargeObjects)
    {
        if (hasLargeObjects)
            await Project.Database.ExecuteAsync("SELECT lo_from_bytea(0, 'large'), lo_from_bytea(0, 'objects')");
        var before = await BackupProject.ContentOfAsync(Project.Database);
        var backup = await Project.BackUpAsync();
        var empty = await Project.EmptyDatabaseAsync();
        var restored = await RestoreAsync(empty, backup);
        Assert.True(restored.Code == 0, restored.ToString());
        Assert.DoesNotContain("WARNING", restored.Error, StringComparison.Ordinal);
        Assert.Equal(before, await BackupProject.ContentOfAsync(empty));
        Assert.Equal(await Project.Database.DumpSchemaAsync(), await empty.DumpSchemaAsync());
    }

    [Fact]
    public async Task Onto_the_migrated_database_it_fails_changes_nothing_and_names_the_way()
    {
        var backup = await Project.BackUpAsync();
        await Project.Database.ExecuteAsync("UPDATE words SET note = 'newer'");
        var before = await BackupProject.ContentOfAsync(Project.Database);
        var refused = await RestoreAsync(Project.Database, backup);
        Assert.True(refused.Code != 0, refused.ToString());
        Assert.Equal(before, await BackupProject.ContentOfAsync(Project.Database));
        var address = $"-h {Project.Database.Address.Host} -p {Project.Database.Address.Port} -U {Project.Database.Address.Username}";
        Assert.Contains("is not empty: it has the table \"Odd schema\".", refused.Error, StringComparison.Ordinal);
        Assert.Contains($"dropdb {address} {Project.Database.Address.Database} && createdb {address}", refused.Error, StringComparison.Ordinal);
        Assert.Contains($"./scripts/migrate.sh backup restore {Path.GetFileName(backup)} --database {Project.Database.Address.Database} --replace", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_single_table_is_enough_to_be_refused_but_an_extension_is_not()
    {
        var backup = await Project.BackUpAsync();
        var other = await Project.EmptyDatabaseAsync();
        await other.ExecuteAsync("CREATE TABLE mine (); CREATE EXTENSION IF NOT EXISTS pg_buffercache");
        var refused = await RestoreAsync(other, backup);
        Assert.Contains("it has the table public.mine", refused.Error, StringComparison.Ordinal);
        await other.ExecuteAsync("DROP TABLE mine");
        Assert.Equal(0, (await RestoreAsync(other, backup)).Code);
    }

    /// <summary>psql says 0 at the end of a file that is cut off: the frame makes it fail.</summary>
    [Theory]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.999)]
    public async Task A_file_that_is_cut_off_fails_and_leaves_nothing(double share)
    {
        await Project.Database.ExecuteAsync("SELECT lo_from_bytea(0, 'large')");
        var backup = await Project.BackUpAsync();
        var bytes = await File.ReadAllBytesAsync(backup);
        await File.WriteAllBytesAsync(backup, bytes[..(int)(bytes.Length * share)]);
        var empty = await Project.EmptyDatabaseAsync();
        var cut = await RestoreAsync(empty, backup);
        Assert.True(cut.Code != 0, cut.ToString());
        Assert.Equal("", await BackupProject.ContentOfAsync(empty));
        Assert.Equal("0", await empty.AskAsync("SELECT count(*) FROM pg_largeobject_metadata"));
    }

    [Fact]
    public async Task It_belongs_to_its_user_alone_and_says_how_to_use_it()
    {
        var backup = await Project.BackUpAsync();
        Assert.Equal("600 700", (await Shell.RunAsync($"echo $(stat -c %a '{backup}' '{Project.Backups}')")).Out.Trim());
        Assert.StartsWith($"-- Backup of the PostgreSQL database {Project.Database.Address.Database}", await File.ReadAllTextAsync(backup, Encoding.UTF8), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        if (_project is not null)
            await _project.DisposeAsync();
    }

    /// <summary>The guide's third command.</summary>
    private static Task<Cli.CliResult> RestoreAsync(TestDatabase database, string backup) => Shell.RunAsync(
        $"psql -h {database.Address.Host} -U {database.Address.Username} -d {database.Address.Database} < {backup}", database.Address);
}
