using System.Diagnostics;
using System.Globalization;
using PhaserAI.Migrations.Cli.DevServer;
using Xunit;

namespace PhaserAI.Migrations.Tests.DevServer;

public sealed class HealingTests(ClusterTemplate template)
{
    [Fact]
    public async Task A_killed_server_is_started_again_with_its_data()
    {
        await using var project = await template.ProjectAsync();
        var first = await project.StartAsync();
        await TestProject.AskAsync(first, "SET synchronous_commit = on; CREATE TABLE kept AS SELECT 42 AS answer");

        await project.KillServerAsync();
        var second = await project.StartAsync();

        Assert.True(second is { Created: false, Started: true });
        Assert.Equal("42", await TestProject.AskAsync(second, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task Another_program_that_got_the_number_of_the_dead_server_fools_nobody()
    {
        await using var project = await template.ProjectAsync();
        await project.StartAsync();
        await project.KillServerAsync();
        var sleep = new ProgramCall("sleep", "600");
        sleep = (await TestProject.UserAsync())?.Call(sleep) ?? sleep;
        using var stranger = Process.Start(new ProcessStartInfo(sleep.Program, sleep.Arguments))!;
        try
        {
            await ReplaceNumberAsync(project, stranger.Id);

            var second = await project.StartAsync();

            Assert.True(second.Started);
            Assert.Equal("1", await TestProject.AskAsync(second, "SELECT 1"));
            Assert.False(stranger.HasExited);
        }
        finally
        {
            stranger.Kill();
        }
    }

    [Fact]
    public async Task Another_projects_server_that_got_the_number_of_the_dead_server_fools_nobody()
    {
        await using var other = await template.ProjectAsync();
        await other.StartAsync();
        await using var project = await template.ProjectAsync();
        await project.StartAsync();
        await project.KillServerAsync();
        await ReplaceNumberAsync(project, other.Pid());

        var second = await project.StartAsync();

        Assert.True(second.Started);
        Assert.Equal(project.ClusterFolder, await TestProject.AskAsync(second, "SHOW data_directory"));
    }

    [Fact]
    public async Task A_pid_file_that_was_never_written_is_no_obstacle()
    {
        await using var project = await template.ProjectAsync();
        await project.StartAsync();
        await project.Server().StopAsync(TestProject.Token);
        var file = Path.Combine(project.ClusterFolder, Postmaster.FileName);
        await File.WriteAllTextAsync(file, "", TestProject.Token);

        Assert.True((await project.StartAsync()).Started);
    }

    [Fact]
    public async Task A_half_made_cluster_is_made_again()
    {
        await using var project = await template.ProjectAsync();
        await project.StartAsync();
        await project.Server().StopAsync(TestProject.Token);
        File.Delete(Path.Combine(project.ClusterFolder, "global", "pg_control"));

        var second = await project.StartAsync();

        Assert.True(second is { Created: true, Started: true });
        Assert.Equal("1", await TestProject.AskAsync(second, "SELECT 1"));
    }

    [Fact]
    public async Task A_first_start_that_was_cancelled_leaves_nothing_in_the_way()
    {
        await using var project = new TestProject();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestProject.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => project.Server().StartAsync(new OnFirstReport(cancellation), cancellation.Token));

        Assert.False(Directory.Exists(project.ClusterFolder));
        Assert.True((await project.StartAsync()).Created);
    }

    [Fact]
    public async Task What_a_killed_first_start_left_is_removed()
    {
        await using var project = new TestProject();
        var leftover = Directory.CreateDirectory(Path.Combine(project.State, Leftovers.NewName()));
        await File.WriteAllTextAsync(Path.Combine(leftover.FullName, "PG_VERSION"), "15\n", TestProject.Token);
        await File.WriteAllTextAsync(leftover.FullName + ".password", "secret", TestProject.Token);

        await project.StartAsync();

        Assert.Equal(
            ["cluster", "lock", "password", "state"],
            Directory.GetFileSystemEntries(project.State).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("password")]
    [InlineData("state")]
    public async Task A_lost_file_is_made_again_and_the_data_is_kept(string file)
    {
        await using var project = await template.ProjectAsync();
        var first = await project.StartAsync();
        await TestProject.AskAsync(first, "CREATE TABLE kept AS SELECT 42 AS answer");
        File.Delete(Path.Combine(project.State, file));

        var second = await project.StartAsync();

        Assert.False(second.Created);
        Assert.Equal("42", await TestProject.AskAsync(second, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task A_folder_removed_under_the_running_server_is_made_again()
    {
        await using var project = await template.ProjectAsync();
        await project.StartAsync();
        var pid = project.Pid();
        DeleteInUse(Path.Combine(project.Folder, ".phaserai"));
        try
        {
            var second = await project.StartAsync();

            Assert.True(second.Created);
            Assert.Equal("1", await TestProject.AskAsync(second, "SELECT 1"));
        }
        finally
        {
            // It ends by itself within a minute, or has already.
            if (Process.GetProcesses().FirstOrDefault(process => process.Id == pid) is { } orphan)
            {
                orphan.Kill(entireProcessTree: true);
                await orphan.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task A_cluster_that_cannot_start_says_why_and_what_to_do()
    {
        await using var project = await template.ProjectAsync();
        await project.StartAsync();
        await project.Server().StopAsync(TestProject.Token);
        await File.AppendAllTextAsync(Path.Combine(project.ClusterFolder, "postgresql.conf"), "no_such_setting = 1\n", TestProject.Token);

        var error = await Assert.ThrowsAsync<DevServerException>(project.StartAsync);

        Assert.Contains("no_such_setting", error.Why, StringComparison.Ordinal);
        Assert.Contains("dev reset", error.Next, StringComparison.Ordinal);
        await project.Server().ResetAsync(TestProject.Token);
        Assert.True((await project.StartAsync()).Created);
    }

    /// <summary>The server writes files meanwhile.</summary>
    private static void DeleteInUse(string folder)
    {
        while (Directory.Exists(folder))
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException) when (Directory.Exists(folder))
            {
            }
        }
    }

    private static async Task ReplaceNumberAsync(TestProject project, int pid)
    {
        var file = Path.Combine(project.ClusterFolder, Postmaster.FileName);
        var lines = await File.ReadAllLinesAsync(file, TestProject.Token);
        lines[0] = pid.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(file, lines, TestProject.Token);
    }

    private sealed class OnFirstReport(CancellationTokenSource cancellation) : IProgress<string>
    {
        public void Report(string value) => cancellation.Cancel();
    }
}
