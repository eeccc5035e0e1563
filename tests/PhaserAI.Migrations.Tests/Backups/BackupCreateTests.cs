using System.Text.Json;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Backups;

/// <summary>A backup and what is known of it.</summary>
public sealed class BackupCreateTests(PostgresServer server) : IAsyncLifetime
{
    private BackupProject? _project;

    private BackupProject Project => _project!;

    public async ValueTask InitializeAsync() => _project = await BackupProject.CreateAsync(server);

    [Theory]
    [InlineData("plain", ".sql")]
    [InlineData("custom", ".dump")]
    public async Task The_manifest_says_what_is_in_it(string format, string extension)
    {
        var backup = await Project.BackUpAsync("--format", format);
        Assert.EndsWith(extension, backup, StringComparison.Ordinal);
        var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.ChangeExtension(backup, ".json"))).RootElement;
        Assert.Equal("20250101_000000", manifest.GetProperty("schemaVersion").GetString());
        Assert.Equal(format, manifest.GetProperty("format").GetString());
        Assert.Equal(new FileInfo(backup).Length, manifest.GetProperty("bytes").GetInt64());
        Assert.StartsWith(manifest.GetProperty("sha256").GetString() + " ", (await Shell.RunAsync($"sha256sum '{backup}'")).Out, StringComparison.Ordinal);
        var tables = manifest.GetProperty("tables").EnumerateArray().ToDictionary(table => table.GetProperty("table").GetString()!, table => table.GetProperty("rows").GetInt64());
        (string, long)[] expected =
        [
            ("\"Odd schema\".\"odd \"\"table\"\" FROM stdin;\"", 3), ("public.empty", 0), ("public.heir", 1), ("public.nothing", 2), ("public.parent", 2),
            ("public.parts_1", 31), ("public.parts_2", 20), ("public.schema_migrations", 1), ("public.schema_migrations_checkpoint", 0), ("public.schema_migrations_detail", 1),
            ("public.schema_migrations_log", 1), ("public.words", 1000),
        ];
        Assert.Equal(expected, tables.Select(table => (table.Key, table.Value)).OrderBy(table => table.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_list_shows_them_newest_last_and_tells_which_have_no_manifest()
    {
        Assert.Contains("There are none yet", (await Project.Cli().RunAsync("backup", "list")).Out, StringComparison.Ordinal);
        var first = await Project.BackUpAsync();
        var second = await Project.BackUpAsync();
        await File.WriteAllTextAsync(Path.Combine(Project.Backups, "backup_20200101_000000.sql"), "--");
        await File.WriteAllTextAsync(Path.Combine(Project.Backups, "notes.sql"), "--");
        var list = await Project.Cli().RunAsync("backup", "list");
        var lines = list.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length == 5, list.ToString());
        Assert.Contains("no manifest", lines[2], StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(first), lines[3], StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(second), lines[4], StringComparison.Ordinal);
        Assert.Contains("1063", lines[4], StringComparison.Ordinal);
        var json = (await Project.Cli().RunAsync("backup", "list", "-o", "json")).Json.GetProperty("backups");
        Assert.Equal(3, json.GetArrayLength());
        Assert.Equal("20250101_000000", json[2].GetProperty("schemaVersion").GetString());
    }

    /// <summary>Names hold the time to the second: of several runs in one, each gets a name of its own.</summary>
    [Fact]
    public async Task Runs_in_the_same_second_never_share_a_name()
    {
        var manifests = await Task.WhenAll(Enumerable.Range(0, 4).Select(number =>
            new BackupWriter(Project.Options()).CreateAsync(number % 2 == 0 ? BackupFormat.Plain : BackupFormat.Custom, cancellationToken: TestContext.Current.CancellationToken)));
        Assert.Equal(4, manifests.Select(manifest => Path.GetFileNameWithoutExtension(manifest.Name)).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(8, Directory.GetFileSystemEntries(Project.Backups).Length);
        Assert.Equal(manifests.Select(manifest => manifest.Sha256).Order(StringComparer.Ordinal), (await new BackupCatalog(Project.Options().Store).ListAsync(TestContext.Current.CancellationToken)).Select(backup => backup.Manifest!.Sha256).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task No_backup_is_begun_by_a_pg_dump_that_is_older_than_the_server_or_missing()
    {
        var folder = Directory.CreateTempSubdirectory("phaserai-programs-").FullName;
        try
        {
            var cli = Project.Cli();
            cli.Variables["MIGRATE_PG_BIN_DIR"] = folder;
            var missing = await cli.RunAsync("backup", "create");
            Assert.True(missing.Code == 9, missing.ToString());
            Assert.Contains($"there is no pg_dump in {folder}", missing.Error, StringComparison.Ordinal);
            await Shell.RunAsync($"printf '#!/bin/sh\\necho \"pg_dump (PostgreSQL) 9.6.24\"\\n' > {folder}/pg_dump; chmod +x {folder}/pg_dump");
            var old = await cli.RunAsync("backup", "create");
            Assert.True(old.Code == 9, old.ToString());
            Assert.Contains($"{folder}/pg_dump has version 9.6.24, which is too old: the server is PostgreSQL ", old.Error, StringComparison.Ordinal);
            Assert.Contains("apt-get install postgresql-client-", old.Error, StringComparison.Ordinal);
            Assert.False(Directory.Exists(Project.Backups));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_project is not null)
            await _project.DisposeAsync();
    }
}
