using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;
using PhaserAI.Migrations.Cli.DevServer;
using Xunit;

namespace PhaserAI.Migrations.Tests.DevServer;

/// <summary>Starts a project's database from a process of its own: this test program, told to run one test that only starts it.</summary>
public sealed class OtherProcess
{
    private const string Variable = "PHASERAI_TEST_PROJECT";

    [Fact(Explicit = true)]
    public async Task Start_the_database_of_the_given_project()
    {
        var project = Environment.GetEnvironmentVariable(Variable)!;
        var parent = Path.GetDirectoryName(project)!;
        await new EmbeddedPostgres(TestProject.OptionsFor(project, parent)).StartAsync(null, TestContext.Current.CancellationToken);
    }

    /// <summary>The program to start; a prefix of the command, like that of another user, may be given.</summary>
    internal static ProcessStartInfo StartInfo(TestProject project, params ImmutableArray<string> prefix)
    {
        ImmutableArray<string> command =
        [
            .. prefix,
            Path.ChangeExtension(typeof(OtherProcess).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null).TrimEnd('.'),
            "-method", $"{typeof(OtherProcess).FullName}.{nameof(Start_the_database_of_the_given_project)}", "-explicit", "only",
        ];
        var info = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment[Variable] = project.Folder;
        // The runtime that runs this process: the program's own start would look for one in the usual places only.
        info.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        return info;
    }

    /// <summary>Reads what it writes up to the end of file: that comes when nobody holds the pipe any more.</summary>
    internal static async Task<string> RunAsync(ProcessStartInfo info)
    {
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync(TestProject.Token);
        var error = process.StandardError.ReadToEndAsync(TestProject.Token);
        await process.WaitForExitAsync(TestProject.Token);
        var words = await output.WaitAsync(TimeSpan.FromSeconds(10), TestProject.Token)
            + await error.WaitAsync(TimeSpan.FromSeconds(10), TestProject.Token);
        Assert.True(process.ExitCode == 0, words);
        return words;
    }
}
