using System.Collections.Immutable;
using System.Diagnostics;
using Npgsql;
using PhaserAI.Migrations.Cli.DevServer;
using Xunit;

namespace PhaserAI.Migrations.Tests.DevServer;

/// <summary>A project in a folder of its own; whatever server it has started ends with it.</summary>
internal sealed class TestProject : IAsyncDisposable
{
    private readonly DirectoryInfo root;

    public TestProject(string name = "project")
    {
        root = Directory.CreateTempSubdirectory("phaserai-dev-");
        Open(root.FullName);
        Folder = Open(Directory.CreateDirectory(Path.Combine(root.FullName, name)).FullName);
        Open(Directory.CreateDirectory(Path.Combine(root.FullName, "shared")).FullName);
        Options = OptionsFor(Folder, root.FullName);
    }

    public string Folder { get; }

    public string State => Path.Combine(Folder, ".phaserai", "postgres");

    public string ClusterFolder => Path.Combine(State, "cluster");

    public DevServerOptions Options { get; set; }

    public List<string> Said { get; } = [];

    /// <summary>The folder around the project, of this test alone.</summary>
    public string Root => root.FullName;

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static DevServerOptions OptionsFor(string folder, string root) => new(folder)
    {
        CacheFolder = Path.Combine(root, "cache"),
        SharedFolder = Path.Combine(root, "shared"),
        AllowNpm = false,
    };

    public EmbeddedPostgres Server() => new(Options);

    public Task<DevDatabase> StartAsync() => Server().StartAsync(new Listener(Said), Token);

    /// <summary>What the database says about a text, as its own user.</summary>
    public static async Task<string?> AskAsync(DevDatabase database, string sql)
    {
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = database.Host,
            Port = database.Port,
            Database = database.Database,
            Username = database.User,
            Password = database.Password,
            Pooling = false,
        };
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql);
        return (await command.ExecuteScalarAsync(Token))?.ToString();
    }

    public int Pid() => Postmaster.Read(ClusterFolder)!.Pid;

    /// <summary>The user that runs the server; null: the one that runs the tests.</summary>
    public static Task<ServerUser?> UserAsync() => ServerUser.FindAsync(null, Token);

    /// <summary>Kills the server as a crash would, and waits until the kernel has.</summary>
    public async Task KillServerAsync()
    {
        using var process = Process.GetProcessById(Pid());
        process.Kill();
        await process.WaitForExitAsync(Token);
    }

    public static void Close(string folder) => Open(folder, (UnixFileMode)0b111_000_000);

    public static string Open(string path, UnixFileMode mode = (UnixFileMode)0b111_101_101)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
        return path;
    }

    public static UnixFileMode Mode(string file) => OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(file);

    public async ValueTask DisposeAsync()
    {
        foreach (var file in root.EnumerateFiles("postmaster.pid", SearchOption.AllDirectories).ToImmutableArray())
        {
            var cluster = file.DirectoryName!;
            if (Postmaster.Read(cluster) is not { } postmaster || !postmaster.Serves(cluster))
                continue;
            using var process = Process.GetProcessById(postmaster.Pid);
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        root.Delete(recursive: true);
    }

    private sealed class Listener(List<string> said) : IProgress<string>
    {
        public void Report(string value)
        {
            lock (said)
                said.Add(value);
        }
    }
}
