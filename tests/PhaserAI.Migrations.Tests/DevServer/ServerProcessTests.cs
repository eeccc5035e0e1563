using System.Collections.Immutable;
using System.Globalization;
using PhaserAI.Migrations.Cli.DevServer;
using Xunit;

namespace PhaserAI.Migrations.Tests.DevServer;

/// <summary>What the server has of the process that started it, and what others can see of the password.</summary>
public sealed class ServerProcessTests(ClusterTemplate template)
{
    [Fact]
    public async Task The_server_lives_on_and_does_not_hold_the_pipes_of_its_starter()
    {
        await using var project = await template.ProjectAsync();

        await OtherProcess.RunAsync(OtherProcess.StartInfo(project)); // fails when there is no end of file

        Assert.False((await project.StartAsync()).Started);
    }

    [Fact]
    public async Task The_server_does_not_hold_other_files_of_its_starter()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs close_range.");
        await using var project = await template.ProjectAsync();
        var file = Path.Combine(project.Root, "lock-of-a-script");

        await OtherProcess.RunAsync(
            OtherProcess.StartInfo(project, "bash", "-c", "exec 9>\"$0\" && flock 9 && exec \"$@\"", file));

        await using var mine = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.False((await project.StartAsync()).Started);
    }

    [Fact]
    public async Task The_server_does_not_get_secrets_and_settings_of_its_starter()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads /proc.");
        await using var project = await template.ProjectAsync();
        var info = OtherProcess.StartInfo(project);
        info.Environment["DB_PASSWORD"] = "very secret";
        info.Environment["PGOPTIONS"] = "-c search_path=elsewhere";
        info.Environment["PGPORT"] = "1";
        info.Environment["TZ"] = "Asia/Tokyo";
        info.Environment["LC_ALL"] = "de_DE.UTF-8";

        await OtherProcess.RunAsync(info);

        var environment = await ReadProcAsync(project.Pid(), "environ");
        Assert.Contains("PGDATA=", environment, StringComparison.Ordinal);
        Assert.DoesNotContain("very secret", environment, StringComparison.Ordinal);
        Assert.DoesNotContain("PGOPTIONS", environment, StringComparison.Ordinal);
        Assert.Equal("UTC", await TestProject.AskAsync(await project.StartAsync(), "SHOW TimeZone"));
    }

    [Fact]
    public async Task The_password_is_in_one_file_for_its_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        await using var project = await template.ProjectAsync();

        var database = await project.StartAsync();

        var file = Path.Combine(database.Folder, "password");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, TestProject.Mode(file));
        Assert.Equal(database.Password, await File.ReadAllTextAsync(file, TestProject.Token));
        Assert.DoesNotContain(database.Password, database.ToString(), StringComparison.Ordinal);
        var call = await project.Server().PsqlAsync(database, TestProject.Token);
        Assert.DoesNotContain(database.Password, call.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<Npgsql.PostgresException>(
            () => TestProject.AskAsync(database with { Password = "another" }, "SELECT 1"));
    }

    [Fact]
    public async Task The_password_is_never_an_argument()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs shell scripts.");
        await using var project = new TestProject();
        var said = Path.Combine(project.Root, "arguments");
        var folder = await RecordingProgramsAsync(project, said);
        project.Options = project.Options with { BinaryFolders = [folder] };

        var database = await project.StartAsync();
        File.Delete(Path.Combine(database.Folder, "password"));
        var second = await project.StartAsync();

        var arguments = await File.ReadAllTextAsync(said, TestProject.Token);
        Assert.Contains("--pwfile=", arguments, StringComparison.Ordinal);
        Assert.Contains("--single", arguments, StringComparison.Ordinal);
        Assert.DoesNotContain(database.Password, arguments, StringComparison.Ordinal);
        Assert.DoesNotContain(second.Password, arguments, StringComparison.Ordinal);
    }

    // Programs that write down their arguments and then are the real ones.
    private static async Task<string> RecordingProgramsAsync(TestProject project, string said)
    {
        var folder = TestProject.Open(Directory.CreateDirectory(Path.Combine(project.Root, "recording")).FullName);
        await File.WriteAllTextAsync(said, "", TestProject.Token);
        TestProject.Open(said, (UnixFileMode)0b110_110_110);
        var real = await FirstAsync(project.Options);
        foreach (var name in ImmutableArray.Create("initdb", "pg_ctl", "postgres"))
        {
            var script = Path.Combine(folder, name);
            await File.WriteAllTextAsync(
                script, $"#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{said}'\nexec '{real.Program(name)}' \"$@\"\n", TestProject.Token);
            TestProject.Open(script);
        }

        return folder;
    }

    private static async Task<PostgresBinaries> FirstAsync(DevServerOptions options)
    {
        await foreach (var found in PostgresBinaries.OnThisMachineAsync(options, null, TestProject.Token))
            return found;
        throw new InvalidOperationException("There is no PostgreSQL on this machine.");
    }

    private static Task<string> ReadProcAsync(int pid, string file) =>
        File.ReadAllTextAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}"), TestProject.Token);
}
