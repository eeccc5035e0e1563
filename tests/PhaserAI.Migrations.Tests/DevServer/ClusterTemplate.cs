using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Tests.DevServer;
using Xunit;

[assembly: AssemblyFixture(typeof(ClusterTemplate))]

namespace PhaserAI.Migrations.Tests.DevServer;

/// <summary>A cluster made once: initdb takes a second or two, a copy of its 40 MB a tenth.</summary>
public sealed class ClusterTemplate : IAsyncDisposable
{
    private readonly Lazy<Task<TestProject>> made = new(MakeAsync);

    /// <summary>A project whose server was made, used and stopped before.</summary>
    internal async Task<TestProject> ProjectAsync()
    {
        var template = await made.Value;
        var project = new TestProject();
        var result = await ExternalProgram.RunAsync(
            new ProgramCall("cp", "-a", Path.Combine(template.Folder, ".phaserai"), project.Folder), TestProject.Token);
        Assert.True(result.Succeeded, result.Words);
        File.Delete(Path.Combine(project.State, "state")); // the template's port
        return project;
    }

    public async ValueTask DisposeAsync()
    {
        if (made.IsValueCreated)
            await (await made.Value).DisposeAsync();
    }

    private static async Task<TestProject> MakeAsync()
    {
        var project = new TestProject();
        await project.Server().StartAsync(null, CancellationToken.None);
        await project.Server().StopAsync(CancellationToken.None);
        return project;
    }
}
