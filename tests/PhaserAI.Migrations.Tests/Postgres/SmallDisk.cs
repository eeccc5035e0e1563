using System.Diagnostics;
using Xunit;

namespace PhaserAI.Migrations.Tests.Postgres;

/// <summary>A file system of a few megabytes in memory with a tablespace on it: a disk that can be full.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly PostgresServer _server;
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "phaserai-disk-" + Guid.NewGuid().ToString("N"));

    private SmallDisk(PostgresServer server) => _server = server;

    /// <summary>The tablespace's name.</summary>
    public string Tablespace { get; } = "s_" + Guid.NewGuid().ToString("N");

    /// <summary>Makes one. Mounting takes root: without it a developer's run skips the test, and CI fails.</summary>
    public static async Task<SmallDisk> CreateAsync(PostgresServer server)
    {
        var disk = new SmallDisk(server);
        Directory.CreateDirectory(disk._folder);
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("MIGRATE_TEST_DB") is { Length: > 0 }
            || !await TryRunAsync("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk._folder))
        {
            Directory.Delete(disk._folder);
            Require.Program(null, "way to mount a small disk");
        }

        var data = Path.Combine(disk._folder, "data");
        Assert.True(await TryRunAsync("mkdir", "-m", "777", data));
        if (Environment.IsPrivilegedProcess)
            Assert.True(await TryRunAsync("chown", "postgres", data));
        await server.ExecuteAsync($"CREATE TABLESPACE {disk.Tablespace} LOCATION '{data}'");
        return disk;
    }

    /// <summary>A folder on it that everybody may write to.</summary>
    public async Task<string> MakeFolderAsync()
    {
        var folder = Path.Combine(_folder, "files");
        Assert.True(await TryRunAsync("mkdir", "-m", "777", folder));
        return folder;
    }

    /// <summary>Makes it large enough.</summary>
    public async Task GrowAsync() => Assert.True(await TryRunAsync("mount", "-o", "remount,size=200m", _folder));

    public async ValueTask DisposeAsync()
    {
        await _server.ExecuteAsync($"DROP TABLESPACE IF EXISTS {Tablespace}");
        // Lazily: a session that wrote a page of it for another keeps the file open for a while
        Assert.True(await TryRunAsync("umount", "--lazy", _folder));
        Directory.Delete(_folder);
    }

    private static async Task<bool> TryRunAsync(string program, params string[] arguments)
    {
        var (file, all) = Environment.IsPrivilegedProcess ? (program, arguments) : ("sudo", ["-n", program, .. arguments]);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(file, all) { RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // there is no such program
        }
    }
}
