using System.Diagnostics;
using Xunit;

namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>A program of somebody else's that the tests ask.</summary>
internal static class Tool
{
    /// <summary>Runs it to its end.</summary>
    public static (int ExitCode, string Output) Run(string program, string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = Repository.Root };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(input is null || process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {output}");
        return (process.ExitCode, output);
    }

    /// <summary>Whether it is there. On CI it must be; elsewhere its test is skipped.</summary>
    public static void Require(string program)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var isThere = folders.Any(folder => File.Exists(Path.Combine(folder, program)));
        Assert.True(isThere || Environment.GetEnvironmentVariable("CI") != "true", $"There is no {program} on the PATH; scripts/test-cdk.sh installs it.");
        Assert.SkipUnless(isThere, $"There is no {program} on the PATH; scripts/test-cdk.sh installs it.");
    }
}
