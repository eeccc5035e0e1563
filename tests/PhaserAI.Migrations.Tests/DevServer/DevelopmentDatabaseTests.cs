using PhaserAI.Migrations.Cli.DevServer;
using Xunit;

namespace PhaserAI.Migrations.Tests.DevServer;

public sealed class DevelopmentDatabaseTests(ClusterTemplate template)
{
    [Fact]
    public async Task The_first_start_makes_a_database_that_its_user_can_do_everything_in()
    {
        await using var project = new TestProject();

        var database = await project.StartAsync();

        Assert.True(database is { Created: true, Started: true, Note: null });
        Assert.Equal(project.State, database.Folder);
        Assert.Equal(
            "phaserai_dev phaserai_admin UTF8 UTC on off 127.0.0.1 [] t",
            await TestProject.AskAsync(database, """
                CREATE EXTENSION "uuid-ossp";
                SELECT concat_ws(' ', current_database(), current_user, current_setting('server_encoding'), current_setting('TimeZone'),
                    current_setting('fsync'), current_setting('synchronous_commit'), current_setting('listen_addresses'),
                    '[' || current_setting('unix_socket_directories') || ']', usesuper)
                FROM pg_user WHERE usename = current_user
                """));
        Assert.StartsWith(database.ServerVersion, await TestProject.AskAsync(database, "SHOW server_version"), StringComparison.Ordinal);
        Assert.Equal([$"Creating the development database (PostgreSQL {database.ServerVersion}) …"], project.Said);
    }

    [Fact]
    public async Task The_next_start_meets_the_same_running_server()
    {
        await using var project = await template.ProjectAsync();
        var first = await project.StartAsync();
        var pid = project.Pid();

        var second = await project.StartAsync();

        Assert.Equal(first with { Created = false, Started = false }, second);
        Assert.Equal(pid, project.Pid());
    }

    [Fact]
    public async Task A_running_server_is_found_through_another_name_of_the_project()
    {
        await using var project = await template.ProjectAsync();
        var first = await project.StartAsync();
        var link = Path.Combine(Path.GetDirectoryName(project.Folder)!, "link");
        Directory.CreateSymbolicLink(link, project.Folder);

        var second = await new EmbeddedPostgres(project.Options with { ProjectFolder = link }).StartAsync(null, TestProject.Token);

        Assert.False(second.Started);
        Assert.Equal(first.Port, second.Port);
    }

    [Fact]
    public async Task A_copy_of_the_project_gets_a_server_of_its_own()
    {
        await using var project = await template.ProjectAsync();
        var first = await project.StartAsync();
        await project.Server().StopAsync(TestProject.Token);
        var copy = Path.Combine(Path.GetDirectoryName(project.Folder)!, "copy");
        await ExternalProgram.RunAsync(new ProgramCall("cp", "-a", project.Folder, copy), TestProject.Token);
        await project.StartAsync();
        File.Copy(
            Path.Combine(project.ClusterFolder, Postmaster.FileName),
            Path.Combine(copy, ".phaserai", "postgres", "cluster", Postmaster.FileName));

        var second = await new EmbeddedPostgres(project.Options with { ProjectFolder = copy }).StartAsync(null, TestProject.Token);

        Assert.True(second.Started);
        Assert.NotEqual(first.Port, second.Port);
        Assert.Equal(Path.Combine(copy, ".phaserai", "postgres", "cluster"), await TestProject.AskAsync(second, "SHOW data_directory"));
    }

    [Fact]
    public async Task A_project_may_have_any_name()
    {
        await using var project = new TestProject("it's $HOME \"quoted\" `id` ; " + new string('x', 150));

        var database = await project.StartAsync();

        Assert.Equal("1", await TestProject.AskAsync(database, "SELECT 1"));
    }

    [Fact]
    public async Task Data_and_port_survive_a_stop()
    {
        await using var project = await template.ProjectAsync();
        var first = await project.StartAsync();
        await TestProject.AskAsync(first, "CREATE TABLE kept AS SELECT 42 AS answer");

        Assert.True(await project.Server().StopAsync(TestProject.Token));
        Assert.False(await project.Server().StopAsync(TestProject.Token));
        var second = await project.StartAsync();

        Assert.True(second is { Created: false, Started: true });
        Assert.Equal(first.Port, second.Port);
        Assert.Equal("42", await TestProject.AskAsync(second, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task After_a_reset_everything_is_new()
    {
        await using var project = await template.ProjectAsync();
        var first = await project.StartAsync();
        await TestProject.AskAsync(first, "CREATE TABLE lost ()");

        await project.Server().ResetAsync(TestProject.Token);

        Assert.Equal(["lock"], Directory.GetFileSystemEntries(project.State).Select(Path.GetFileName));
        var second = await project.StartAsync();
        Assert.True(second is { Created: true, Started: true });
        Assert.NotEqual(first.Password, second.Password);
        Assert.Equal("", await TestProject.AskAsync(second, "SELECT coalesce(to_regclass('lost')::text, '')"));
    }

    [Fact]
    public async Task Status_tells_what_is_there()
    {
        await using var project = new TestProject();
        Assert.True(await project.Server().StatusAsync(TestProject.Token) is { Exists: false, Running: false, Size: 0, Port: null });

        var database = await project.StartAsync();
        var running = await project.Server().StatusAsync(TestProject.Token);
        await project.Server().StopAsync(TestProject.Token);
        var stopped = await project.Server().StatusAsync(TestProject.Token);

        Assert.True(running is { Exists: true, Running: true, Size: > 10_000_000, LogFile: not null, Pid: > 0 });
        Assert.Equal((database.Port, database.ServerVersion, database.Folder), (running.Port, running.Version, running.Folder));
        Assert.True(stopped is { Exists: true, Running: false, Port: null, Pid: null });
    }

    [Fact]
    public async Task Psql_gets_what_it_needs_to_connect()
    {
        await using var project = await template.ProjectAsync();
        var database = await project.StartAsync();
        var call = await project.Server().PsqlAsync(database, TestProject.Token);
        Require.Program(call.Program, "psql");

        var result = await ExternalProgram.RunAsync(
            new ProgramCall(call.Program!, "-XAtc", "SELECT current_user || '@' || current_database()")
            {
                Environment = System.Collections.Immutable.ImmutableDictionary.CreateRange(call.Environment),
            },
            TestProject.Token);

        Assert.Equal("phaserai_admin@phaserai_dev", result.Output.Trim());
    }

    [Fact]
    public async Task The_project_need_not_ignore_the_folder_itself()
    {
        await using var project = await template.ProjectAsync();
        await project.StartAsync();
        await ExternalProgram.RunAsync(new ProgramCall("git", "-C", project.Folder, "init", "-q"), TestProject.Token);

        var status = await ExternalProgram.RunAsync(new ProgramCall("git", "-C", project.Folder, "status", "--short"), TestProject.Token);

        Assert.Equal("", status.Words);
    }
}
