using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Backups;

/// <summary>A backup that goes wrong leaves nothing behind, and <c>up</c> stops before its first statement.</summary>
public sealed class BackupFaultTests(PostgresServer server) : IAsyncLifetime
{
    private BackupProject? _project;

    private BackupProject Project => _project!;

    public async ValueTask InitializeAsync()
    {
        _project = await BackupProject.CreateAsync(server);
        await Project.Database.ExecuteAsync("CREATE TABLE large AS SELECT i, md5(i::text) || md5((-i)::text) AS text FROM generate_series(1, 120000) i");
        Project.Folder.Write("20250102_000000_more.sql", "CREATE TABLE more ();\n");
    }

    [Fact]
    public async Task Pg_dump_that_is_killed_midway()
    {
        var folder = Directory.CreateTempSubdirectory("phaserai-programs-").FullName;
        try
        {
            await Shell.RunAsync($$"""
                real=$(ls -d /usr/lib/postgresql/*/bin/pg_dump 2>/dev/null | tail -n 1); real=${real:-$(command -v pg_dump)}
                printf '#!/bin/bash\nif [ "$1" = --version ]; then exec %s "$@"; fi\n%s "$@" | head -c 3000000\nkill -KILL $$\n' "$real" "$real" > {{folder}}/pg_dump
                chmod +x {{folder}}/pg_dump
                """);
            var cli = Project.Cli("prod");
            cli.Variables["MIGRATE_PG_BIN_DIR"] = folder;
            await AssertStoppedAsync(cli, "no backup was made: pg_dump was killed by signal 9");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_connection_that_is_lost_midway()
    {
        await Project.Database.ExecuteAsync($"INSERT INTO large SELECT i, repeat('x', 200) FROM generate_series(1, 400000) i");
        var run = Project.Cli("prod").RunAsync("up", "--yes");
        await Project.Database.WaitForAsync("SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY public.large %'");
        var stopped = await run;
        Assert.True(stopped.Code == 9, stopped.ToString());
        Assert.True(stopped.Error.Contains("no backup was made: pg_dump ended with 1: pg_dump: error:", StringComparison.Ordinal), stopped.ToString());
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_folder_that_is_full()
    {
        await using var disk = await SmallDisk.CreateAsync(server);
        var cli = Project.Cli("prod");
        var folder = cli.Variables["BACKUP_DIR"] = await disk.MakeFolderAsync();
        await AssertStoppedAsync(cli, ".sql: No space left on device");
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public async Task A_run_that_is_cancelled_ends_pg_dump_too()
    {
        await using var blocker = await Project.Database.OpenAsync();
        await using (var transaction = await blocker.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await new Npgsql.NpgsqlCommand("LOCK TABLE words", blocker).ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            using var cancellation = new CancellationTokenSource();
            var run = Project.Cli("prod").RunHereAsync(["up", "--yes"], cancellation.Token);
            await Project.Database.WaitForAsync("SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%words%' AND state = 'active'");
            await cancellation.CancelAsync();
            var cancelled = await run;
            Assert.True(cancelled.Code == 130, cancelled.ToString());
            // Its session on the server is ended as well, although it was waiting.
            await Project.Database.WaitForAsync("SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
        }

        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_a_killed_run_left_is_removed_by_the_next_but_not_what_another_is_writing()
    {
        Directory.CreateDirectory(Project.Backups);
        var dead = Path.Combine(Project.Backups, ".backup_20250101_000000.sql.partial");
        await File.WriteAllTextAsync(dead, "half");
        await using (var alive = await new FolderBackupStore(Project.Backups).CreateAsync("backup_20250101_000001.sql", TestContext.Current.CancellationToken))
        {
            await Project.BackUpAsync();
            Assert.False(File.Exists(dead));
            await alive.WriteAsync("whole"u8.ToArray(), TestContext.Current.CancellationToken);
            await Assert.ThrowsAsync<BackupNameTakenException>(() => new FolderBackupStore(Project.Backups).CreateAsync("backup_20250101_000001.sql", TestContext.Current.CancellationToken));
            await alive.CompleteAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal("whole", await File.ReadAllTextAsync(Path.Combine(Project.Backups, "backup_20250101_000001.sql"), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<BackupNameTakenException>(() => new FolderBackupStore(Project.Backups).CreateAsync("backup_20250101_000001.sql", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Runs_that_begin_and_clear_up_at_the_same_time_only_ever_find_a_name_taken()
    {
        const int Rounds = 1000;
        const string Name = "backup_20250101_000000.sql";
        var (left, begun) = (Rounds, 0);
        await Parallel.ForAsync(0, 4, TestContext.Current.CancellationToken, async (number, token) =>
        {
            var store = new FolderBackupStore(Project.Backups);
            while (Volatile.Read(ref left) > 0)
            {
                if (number >= 2)
                {
                    FolderUpload.RemoveIfDead(Path.Combine(Project.Backups, $".{Name}.partial"));
                    continue;
                }

                Interlocked.Decrement(ref left);
                try
                {
                    await using var upload = await store.CreateAsync(Name, token);
                    Interlocked.Increment(ref begun);
                }
                catch (BackupNameTakenException)
                {
                    // Whose run it is waits for the next second, and takes another name.
                }
            }
        });
        Assert.True(begun > 0);
        Assert.Empty(Directory.GetFileSystemEntries(Project.Backups));
    }

    [Fact]
    public async Task The_password_is_in_a_file_of_its_own_and_not_longer_than_needed()
    {
        using (var file = PasswordFile.Write(@"a:b\c"))
        {
            Assert.Equal(@"*:*:*:*:a\:b\\c", (await Shell.RunAsync($"cat '{file.Path}'")).Out.Trim());
            Assert.Equal("600 700", (await Shell.RunAsync($"stat -c %a '{file.Path}' \"$(dirname '{file.Path}')\" | xargs")).Out.Trim());
            PasswordFile.Write("other").Dispose();
            Assert.True(File.Exists(file.Path));
        }

        // A killed tool's is not locked any more.
        var left = Directory.CreateTempSubdirectory("phaserai-pgpass-").FullName;
        await File.WriteAllTextAsync(Path.Combine(left, "pgpass"), "*:*:*:*:secret\n", TestContext.Current.CancellationToken);
        PasswordFile.Write("other").Dispose();
        Assert.False(Directory.Exists(left));
    }

    public async ValueTask DisposeAsync()
    {
        if (_project is not null)
            await _project.DisposeAsync();
    }

    private async Task AssertStoppedAsync(CliRunner cli, string why)
    {
        var stopped = await cli.RunAsync("up", "--yes");
        Assert.True(stopped.Code == 9, stopped.ToString());
        Assert.Contains(why, stopped.Error, StringComparison.Ordinal);
        await AssertNothingIsLeftAsync();
    }

    private async Task AssertNothingIsLeftAsync()
    {
        Assert.Null(await Project.Database.AskAsync("SELECT to_regclass('more')::text"));
        Assert.Equal("20250101_000000", await Project.Database.AskAsync("SELECT max(version) FROM schema_migrations"));
        if (Directory.Exists(Project.Backups))
            Assert.Empty(Directory.GetFileSystemEntries(Project.Backups));
    }
}
