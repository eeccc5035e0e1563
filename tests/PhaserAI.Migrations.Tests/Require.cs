using Xunit;

namespace PhaserAI.Migrations.Tests;

/// <summary>What a test needs of the machine: missing on a developer's machine it is skipped, missing on CI it fails.</summary>
internal static class Require
{
    public static void Program(string? path, string name)
    {
        if (path is null && Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail($"There is no {name} on this machine; CI has to have it.");
        Assert.SkipWhen(path is null, $"There is no {name}.");
    }
}
