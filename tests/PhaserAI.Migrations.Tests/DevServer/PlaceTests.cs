using PhaserAI.Migrations.Cli.DevServer;
using Xunit;

namespace PhaserAI.Migrations.Tests.DevServer;

/// <summary>Who runs the server, and where the cluster lies when it can't be the project.</summary>
public sealed class PlaceTests
{
    [Fact]
    public async Task A_project_that_the_servers_user_cannot_enter_gets_its_cluster_in_the_shared_place()
    {
        NeedsRoot();
        await using var project = new TestProject();
        TestProject.Close(project.Folder);

        var first = await project.StartAsync();
        var second = await project.StartAsync();

        Assert.StartsWith(Path.Combine(project.Options.SharedFolder, "phaserai-migrations-"), first.Folder, StringComparison.Ordinal);
        Assert.Contains(project.Folder, first.Note, StringComparison.Ordinal);
        Assert.Contains(first.Folder, first.Note, StringComparison.Ordinal);
        Assert.Equal(first with { Created = false, Started = false }, second);
        Assert.Equal("1", await TestProject.AskAsync(second, "SELECT 1"));
        Assert.Equal(first.Folder, (await project.Server().StatusAsync(TestProject.Token)).Folder);
    }

    [Fact]
    public async Task A_cluster_in_the_shared_place_outlives_a_cleaned_project_and_ends_with_a_reset()
    {
        NeedsRoot();
        await using var project = new TestProject();
        TestProject.Close(project.Folder);
        var first = await project.StartAsync();
        Directory.Delete(Path.Combine(project.Folder, ".phaserai"), recursive: true);

        var second = await project.StartAsync();
        await project.Server().ResetAsync(TestProject.Token);

        Assert.Equal(first with { Created = false, Started = false }, second);
        Assert.False(Directory.Exists(Path.Combine(first.Folder, "cluster")));
        Assert.True((await project.StartAsync()).Created);
    }

    [Fact]
    public async Task A_folder_of_somebody_else_in_the_shared_place_is_refused()
    {
        NeedsRoot();
        await using var project = new TestProject();
        TestProject.Close(project.Folder);
        var squatted = Directory.CreateDirectory(ClusterPlace.Elsewhere(project.Folder, project.Options, root: true)).FullName;
        await (await TestProject.UserAsync())!.OwnAsync(squatted, TestProject.Token);

        var error = await Assert.ThrowsAsync<DevServerException>(project.StartAsync);

        Assert.Contains(squatted, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_user_than_root_needs_nobody_else()
    {
        NeedsRoot();
        await using var project = new TestProject();
        var user = (await TestProject.UserAsync())!;
        Assert.SkipUnless(await user.CanEnterAsync(AppContext.BaseDirectory, TestProject.Token), "That user can't reach this test program.");
        await user.OwnAsync(project.Root, TestProject.Token);
        await user.OwnAsync(project.Folder, TestProject.Token);

        await OtherProcess.RunAsync(OtherProcess.StartInfo(project, [.. Prefix(user)]));

        Assert.True(File.Exists(Path.Combine(project.ClusterFolder, "PG_VERSION")));
        // And root takes what the user has made as it is.
        var found = await project.StartAsync();
        Assert.True(found is { Created: false, Started: false });
        await project.KillServerAsync();
        Assert.Equal("1", await TestProject.AskAsync(await project.StartAsync(), "SELECT 1"));
    }

    [Fact]
    public async Task A_project_that_cannot_be_written_to_gets_its_cluster_in_the_users_cache()
    {
        NeedsRoot();
        await using var project = new TestProject();
        var user = (await TestProject.UserAsync())!;
        Assert.SkipUnless(await user.CanEnterAsync(AppContext.BaseDirectory, TestProject.Token), "That user can't reach this test program.");
        await user.OwnAsync(Directory.CreateDirectory(project.Options.CacheFolder).FullName, TestProject.Token);

        await OtherProcess.RunAsync(OtherProcess.StartInfo(project, [.. Prefix(user)]));
        await OtherProcess.RunAsync(OtherProcess.StartInfo(project, [.. Prefix(user)]));

        Assert.Empty(Directory.GetFileSystemEntries(project.Folder));
        var place = ClusterPlace.Elsewhere(project.Folder, project.Options, root: false);
        var cluster = Path.Combine(place, "cluster");
        Assert.True(Postmaster.Read(cluster)!.Serves(cluster));
        Assert.Contains(project.Folder, ServerState.Read(place)!.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("setpriv")]
    [InlineData("runuser")]
    [InlineData("su")]
    public async Task Each_program_that_changes_the_user_passes_arguments_and_environment_on(string tool)
    {
        NeedsRoot();
        Require.Program(ExternalProgram.FindOnPath(tool), tool);
        var user = (await TestProject.UserAsync())! with { Tool = ExternalProgram.FindOnPath(tool)! };

        var result = await ExternalProgram.RunAsync(
            user.Call(new ProgramCall("sh", "-c", "id -u; printf '%s|' \"$@\"; echo \"$PGDATA\"", "-", "a b", "-c", "--", "$x\"'"))
                with
            {
                Environment = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty
                    .Add("PATH", Environment.GetEnvironmentVariable("PATH")!).Add("PGDATA", "/x y")
            },
            TestProject.Token);

        Assert.Equal($"{user.Uid}\na b|-c|--|$x\"'|/x y\n", result.Output);
    }

    private static IEnumerable<string> Prefix(ServerUser user)
    {
        var call = user.Call(new ProgramCall("env", "HOME=/nonexistent"));
        return [call.Program, .. call.Arguments];
    }

    private static void NeedsRoot() =>
        Assert.SkipUnless(!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess, "Only root can be several users.");
}
