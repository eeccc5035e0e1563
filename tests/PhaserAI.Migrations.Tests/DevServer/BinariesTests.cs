using PhaserAI.Migrations.Cli.DevServer;
using Xunit;

namespace PhaserAI.Migrations.Tests.DevServer;

public sealed class BinariesTests(ClusterTemplate template)
{
    [Fact]
    public async Task Without_PostgreSQL_and_npm_the_message_tells_what_to_install_and_what_to_set()
    {
        await using var project = new TestProject();
        project.Options = project.Options with { BinaryFolders = [] };

        var error = await Assert.ThrowsAsync<DevServerException>(project.StartAsync);

        Assert.Contains("Install PostgreSQL", error.Next, StringComparison.Ordinal);
        Assert.Contains("DB_HOST", error.Next, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folders_without_a_server_are_passed_over()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs shell scripts.");
        await using var project = new TestProject();
        var client = TestProject.Open(Directory.CreateDirectory(Path.Combine(project.Root, "client")).FullName);
        await File.WriteAllTextAsync(Path.Combine(client, "psql"), "", TestProject.Token);
        var old = await FakeAsync(project, "old", "postgres (PostgreSQL) 9.6.24");
        var good = await FakeAsync(project, "good", "postgres (PostgreSQL) 17.2 (Debian 17.2-1.pgdg120+1)");
        var beta = await FakeAsync(project, "beta", "postgres (PostgreSQL) 19beta1");
        project.Options = project.Options with { BinaryFolders = [client, old, project.Root + "/missing", good, beta] };

        var found = new List<(string, string, int)>();
        await foreach (var binaries in PostgresBinaries.OnThisMachineAsync(project.Options, null, TestProject.Token))
            found.Add((binaries.Folder, binaries.Version, binaries.Major));

        Assert.Equal([(good, "17.2", 17), (beta, "19beta1", 19)], found);
    }

    [Fact]
    public async Task A_cluster_is_opened_by_its_own_major_version_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs shell scripts.");
        await using var project = await template.ProjectAsync();
        var first = await project.StartAsync();
        await project.Server().StopAsync(TestProject.Token);
        var real = (await project.Server().StatusAsync(TestProject.Token)).BinariesFolder!;
        var newer = await FakeAsync(project, "newer", "postgres (PostgreSQL) 99.1");

        project.Options = project.Options with { BinaryFolders = [newer] };
        var error = await Assert.ThrowsAsync<DevServerException>(project.StartAsync);

        Assert.Contains($"PostgreSQL {PostgresBinaries.MajorOf(first.ServerVersion)},", error.Message, StringComparison.Ordinal);
        Assert.Contains("PostgreSQL 99.1", error.Message, StringComparison.Ordinal);
        Assert.Contains("dev reset", error.Next, StringComparison.Ordinal);
        project.Options = project.Options with { BinaryFolders = [newer, real] };
        Assert.Equal(first.ServerVersion, (await project.StartAsync()).ServerVersion);
    }

    [Fact]
    public async Task A_machine_without_PostgreSQL_gets_one_from_npm_once()
    {
        Require.Program(ExternalProgram.FindOnPath("npm"), "npm");
        await using var project = new TestProject();
        await using var second = new TestProject();
        // Fetched once for many runs of the tests. As root it lies in the shared place, which the server's user can reach.
        var kept = TestProject.Open(Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "phaserai-test-npm")).FullName);
        project.Options = project.Options with { BinaryFolders = [], AllowNpm = true, CacheFolder = kept };
        second.Options = second.Options with { BinaryFolders = [], AllowNpm = true, CacheFolder = kept };

        var database = await project.StartAsync();
        Assert.Equal("phaserai_dev", await TestProject.AskAsync(database, """CREATE EXTENSION "uuid-ossp"; SELECT current_database()"""));
        Assert.Equal(NpmPackage.NewestMajor, PostgresBinaries.MajorOf(database.ServerVersion));
        await second.StartAsync();

        Assert.DoesNotContain(second.Said, text => text.Contains("npm", StringComparison.Ordinal));
        // The machine's own PostgreSQL may come later: the cluster keeps its version.
        await project.Server().StopAsync(TestProject.Token);
        project.Options = project.Options with { BinaryFolders = null };
        Assert.Equal(database.ServerVersion, (await project.StartAsync()).ServerVersion);
    }

    private static async Task<string> FakeAsync(TestProject project, string name, string version)
    {
        var folder = TestProject.Open(Directory.CreateDirectory(Path.Combine(project.Root, name)).FullName);
        foreach (var program in new[] { "initdb", "pg_ctl", "postgres" })
        {
            await File.WriteAllTextAsync(Path.Combine(folder, program), $"#!/bin/sh\necho '{version}'\n", TestProject.Token);
            TestProject.Open(Path.Combine(folder, program));
        }

        return folder;
    }
}
