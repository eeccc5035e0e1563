using System.Diagnostics;
using Xunit;

namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary><c>npx cdk synth --all</c> as it is typed in infra/, without AWS and Docker; only the function's program is a stand-in.</summary>
public sealed class CommandTests(Systems systems)
{
    // Written after a slow synthesis: how long it took. It is not deployed.
    private const string Timings = "performance-counters.json";

    [Fact]
    public async Task Twice_it_writes_the_same_bytes_and_what_the_tests_have_looked_at()
    {
        using var function = new BuiltFunction().WithOurs();
        var (first, second) = (Path.Combine(function.Root, "first"), Path.Combine(function.Root, "second"));
        var ends = await Task.WhenAll(SynthesizeAsync(function, first), SynthesizeAsync(function, second));
        Assert.Equal([(0, ""), (0, "")], ends);

        var files = Files(first);
        Assert.Contains("phaserai-migration-dev.template.json", files);
        Assert.Contains("phaserai-database-dev.template.json", files);
        Assert.Equal(files, Files(second));
        foreach (var file in files)
        {
            var text = File.ReadAllText(Path.Combine(first, file));
            Assert.Equal(text, File.ReadAllText(Path.Combine(second, file)));
            Assert.DoesNotContain(Repository.Root, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Path.GetTempPath(), text, StringComparison.Ordinal);
        }

        var tested = File.ReadAllText(systems.Dev.DatabaseFile);
        Assert.Equal(Types(tested), Types(File.ReadAllText(Path.Combine(first, Path.GetFileName(systems.Dev.DatabaseFile)))));
    }

    [Fact]
    public async Task A_bad_migration_ends_it_with_the_place()
    {
        using var function = new BuiltFunction().With("20250101_000000_a.sql", "-- UP\nCREATE TABLE t (id int;\n");
        var (exitCode, error) = await SynthesizeAsync(function, Path.Combine(function.Root, "out"), "-c", $"migrations={function.Sources}");
        Assert.Equal(1, exitCode);
        Assert.DoesNotContain("reserved context key", error, StringComparison.Ordinal);
        Assert.Contains("20250101_000000_a.sql:2:", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at PhaserAI.", error, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Error)> SynthesizeAsync(BuiltFunction function, string output, params string[] arguments)
    {
        var start = new ProcessStartInfo("npx", ["cdk", "synth", "--all", "--quiet", "--output", output, .. arguments])
        {
            WorkingDirectory = Path.Combine(Repository.Root, "infra"),
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["PHASERAI_LAMBDA"] = function.Folder;
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        foreach (var name in new[] { "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "ENVIRONMENT" })
            start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        var texts = await Task.WhenAll(process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, process.ExitCode == 0 ? "" : string.Concat(texts));
    }

    private static string[] Files(string folder) =>
    [
        .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file))
            .Where(file => file != Timings).Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> Types(string template) =>
        template.Split('\n').Where(line => line.Contains("\"Type\": \"AWS::", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
}
