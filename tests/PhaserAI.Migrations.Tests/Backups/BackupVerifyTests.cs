using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Backups;

/// <summary><c>backup verify</c>: the guide's regular backup testing.</summary>
public sealed class BackupVerifyTests(PostgresServer server) : IAsyncLifetime
{
    private BackupProject? _project;

    private BackupProject Project => _project!;

    public async ValueTask InitializeAsync() => _project = await BackupProject.CreateAsync(server);

    [Theory]
    [InlineData("plain")]
    [InlineData("custom")]
    public async Task A_good_backup_is_proved_and_nothing_is_left(string format)
    {
        await Project.BackUpAsync("--format", format);
        var verified = await Project.Cli().RunAsync("backup", "verify");
        Assert.True(verified.Code == 0, verified.ToString());
        Assert.Contains("is whole and can be restored: 12 tables, 1062 rows, schema version 20250101_000000.", verified.Out, StringComparison.Ordinal);
        Assert.Equal("0", await Project.Database.AskAsync("SELECT count(*) FROM pg_database WHERE datname LIKE 'phaserai_verify_%' AND NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND (classid::bigint << 32) | objid::bigint = hashtextextended(datname::text, 0))"));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("custom")]
    public async Task A_truncated_or_flipped_backup_fails(string format)
    {
        var backup = await Project.BackUpAsync("--format", format);
        await FlipAsync(backup);
        var flipped = await Project.Cli().RunAsync("backup", "verify", Path.GetFileName(backup));
        Assert.True(flipped.Code == 9, flipped.ToString());
        Assert.Contains("is damaged: its SHA-256 is", flipped.Error, StringComparison.Ordinal);

        var bytes = await File.ReadAllBytesAsync(backup);
        await File.WriteAllBytesAsync(backup, bytes[..(bytes.Length / 2)]);
        var truncated = await Project.Cli().RunAsync("backup", "verify", Path.GetFileName(backup), "-o", "json");
        Assert.Equal(9, truncated.Code);
        Assert.Contains($"is damaged: it has {bytes.Length / 2} bytes, and was made with {bytes.Length}", truncated.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_as_the_manifest_says_is_named()
    {
        var backup = await Project.BackUpAsync();
        var manifest = Path.ChangeExtension(backup, ".json");
        var text = await File.ReadAllTextAsync(manifest);
        await File.WriteAllTextAsync(manifest, text.Replace("\"rows\": 1000", "\"rows\": 1001", StringComparison.Ordinal).Replace("public.empty", "public.gone", StringComparison.Ordinal).Replace("\"schemaVersion\": \"2025", "\"schemaVersion\": \"2026", StringComparison.Ordinal));
        var wrong = await Project.Cli().RunAsync("backup", "verify");
        Assert.True(wrong.Code == 9, wrong.ToString());
        Assert.Contains("public.gone is missing; public.words has 1000 rows instead of 1001; its schema version is 20250101_000000 instead of 20260101_000000", wrong.Error, StringComparison.Ordinal);
        File.Delete(manifest);
        Assert.Contains("can't be verified: it has no manifest", (await Project.Cli().RunAsync("backup", "verify", Path.GetFileName(backup))).Error, StringComparison.Ordinal);
        Assert.Contains($"the newest is {Path.GetFileName(backup)}, which has no manifest", (await Project.Cli().RunAsync("backup", "verify")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scratch_database_that_a_killed_run_has_left_is_dropped_by_the_next_and_nobody_elses()
    {
        await Project.BackUpAsync();
        var id = Guid.NewGuid().ToString("N")[..6];
        string[] names = [$"phaserai_verify_20250101_000000_{id}", $"phaserai_restore_20250101_000000_{id}", $"phaserai_verify_20250101_000001_{id}", $"phaserai_mine_20250101_000000_{id}"];
        string?[] comments = ["'backup_1.sql, restored (verify): pid 1 on here, since then. phaserai-migrate drops it when that ends, or in its next run.'", "NULL", "'Mine, to look at'", "NULL"];
        foreach (var (name, comment) in names.Zip(comments))
        {
            // The runs of other tests drop them too, as soon as they have these names and no comment
            var made = $"made_{Guid.NewGuid():N}";
            await server.ExecuteAsync($"CREATE DATABASE {made}");
            await server.ExecuteAsync($"COMMENT ON DATABASE {made} IS {comment}");
            await server.ExecuteAsync($"ALTER DATABASE {made} RENAME TO {name}");
        }

        var verified = await Project.Cli().RunAsync("backup", "verify");
        Assert.True(verified.Code == 0, verified.ToString());
        Assert.Equal($"{names[3]} {names[2]}", await Project.Database.AskAsync($"SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname LIKE '%{id}'"));
        foreach (var name in names[2..])
            await server.ExecuteAsync($"DROP DATABASE {name}");
    }

    [Fact]
    public async Task Download_checks_what_it_brings_and_replaces_nothing()
    {
        var backup = await Project.BackUpAsync();
        var file = Path.Combine(Project.Folder.Project, "copy.sql");
        var saved = await Project.Cli().RunAsync("backup", "download", "latest", "--to", file);
        Assert.True(saved.Code == 0, saved.ToString());
        Assert.Equal(await File.ReadAllBytesAsync(backup), await File.ReadAllBytesAsync(file));
        Assert.Contains("there is a file", (await Project.Cli().RunAsync("backup", "download", "latest", "--to", file)).Error, StringComparison.Ordinal);
        await FlipAsync(backup);
        File.Delete(file);
        var damaged = await Project.Cli().RunAsync("backup", "download", Path.GetFileName(backup), "--to", file);
        Assert.True(damaged.Code == 9, damaged.ToString());
        Assert.DoesNotContain(Directory.GetFiles(Project.Folder.Project), name => name.Contains("copy.sql", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Prune_keeps_the_newest_and_what_it_does_not_know()
    {
        // Older, but the only one of its environment
        var made = await Project.Cli("staging").RunAsync("backup", "create", "-o", "json");
        Assert.True(made.Code == 0, made.ToString());
        var ofStaging = made.Json.GetProperty("name").GetString()!;
        var files = new List<string>();
        for (var i = 0; i < 3; i++)
            files.Add(Path.GetFileName(await Project.BackUpAsync()));
        await File.WriteAllTextAsync(Path.Combine(Project.Backups, "backup_20200101_000000.sql"), "--");
        Assert.Equal(2, (await Project.Cli().RunAsync("backup", "prune")).Code);
        Assert.Equal(2, (await Project.Cli().RunAsync("backup", "prune", "--keep", "0")).Code);
        var dry = await Project.Cli().RunAsync("backup", "prune", "--older-than", "0d", "--dry-run", "-o", "json");
        Assert.Equal(files[..2], dry.Json.GetProperty("deleted").EnumerateArray().Select(name => name.GetString()!));
        Assert.Equal(9, Directory.GetFiles(Project.Backups).Length);
        Assert.Contains("Nothing to delete", (await Project.Cli().RunAsync("backup", "prune", "--keep", "1", "--older-than", "30d")).Out, StringComparison.Ordinal);
        Assert.Equal(6, (await Project.Cli("prod").RunAsync("backup", "prune", "--keep", "2")).Code);
        var pruned = await Project.Cli("prod").RunAsync("backup", "prune", "--keep", "2", "--yes");
        Assert.True(pruned.Code == 0, pruned.ToString());
        Assert.Contains("backup_20200101_000000.sql has no manifest, and stays", pruned.Error, StringComparison.Ordinal);
        Assert.Equal(
            ["backup_20200101_000000.sql", .. files[1..].Prepend(ofStaging).SelectMany(name => (string[])[Path.ChangeExtension(name, ".json"), name])],
            Directory.GetFiles(Project.Backups).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        if (_project is not null)
            await _project.DisposeAsync();
    }

    /// <summary>One bit, in the middle of the data.</summary>
    internal static async Task FlipAsync(string backup)
    {
        var bytes = await File.ReadAllBytesAsync(backup);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(backup, bytes);
    }
}
