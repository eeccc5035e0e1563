using System.Net;
using System.Net.Sockets;
using PhaserAI.Migrations.Cli.DevServer;
using Xunit;

namespace PhaserAI.Migrations.Tests.DevServer;

public sealed class ManyCallersTests(ClusterTemplate template)
{
    [Fact]
    public async Task First_starts_at_once_meet_one_cluster()
    {
        await using var project = new TestProject();

        var databases = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(project.StartAsync)));

        var made = Assert.Single(databases, database => database.Created);
        Assert.Single(databases, database => database.Started);
        Assert.All(databases, database => Assert.Equal((made.Port, made.Password), (database.Port, database.Password)));
        Assert.Contains(project.Said, text => text.StartsWith("Waiting for another process", StringComparison.Ordinal));
    }

    [Fact]
    public async Task First_starts_of_two_processes_meet_one_cluster()
    {
        await using var project = new TestProject();

        await Task.WhenAll(
            OtherProcess.RunAsync(OtherProcess.StartInfo(project)), OtherProcess.RunAsync(OtherProcess.StartInfo(project)));

        var database = await project.StartAsync();
        Assert.True(database is { Created: false, Started: false });
        Assert.Equal("1", await TestProject.AskAsync(database, "SELECT 1"));
        var log = await File.ReadAllTextAsync(Cluster.LogFile(project.ClusterFolder), TestProject.Token);
        Assert.Equal(2, log.Split("ready to accept connections").Length);
    }

    [Fact]
    public async Task The_lock_of_a_killed_process_is_free()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no flock.");
        await using var project = new TestProject();
        Directory.CreateDirectory(project.State);
        var file = Path.Combine(project.State, "lock");
        // flock(1) takes the same lock, tells that it has it, and is killed.
        using var holder = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("flock", ["-x", file, "sh", "-c", "echo held; exec sleep 600"])
            {
                RedirectStandardOutput = true,
            })!;
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync(TestProject.Token));
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestProject.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => project.Server().StartAsync(new CancelOnReport(cancellation), cancellation.Token));
        holder.Kill(entireProcessTree: true);

        Assert.True((await project.StartAsync()).Created);
    }

    [Fact]
    public async Task A_port_taken_meanwhile_is_left_to_its_taker()
    {
        await using var project = await template.ProjectAsync();
        var first = await project.StartAsync();
        await project.Server().StopAsync(TestProject.Token);
        using var taker = new TcpListener(IPAddress.Loopback, first.Port);
        taker.Start();

        var second = await project.StartAsync();

        Assert.NotEqual(first.Port, second.Port);
        Assert.Equal("1", await TestProject.AskAsync(second, "SELECT 1"));
        taker.Stop();
        await project.Server().StopAsync(TestProject.Token);
        Assert.Equal(second.Port, (await project.StartAsync()).Port);
    }

    private sealed class CancelOnReport(CancellationTokenSource cancellation) : IProgress<string>
    {
        public void Report(string value)
        {
            Assert.StartsWith("Waiting for another process", value, StringComparison.Ordinal);
            cancellation.Cancel();
        }
    }
}
