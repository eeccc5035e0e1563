using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>docs/tutorial.md, typed as it stands by somebody who has nothing but the tool.</summary>
public sealed partial class TutorialTests(PostgresServer server)
{
    [Fact]
    public async Task Every_command_does_what_the_page_says()
    {
        await Backups.Shell.RequireDumpAsync(server);
        var home = Directory.CreateTempSubdirectory("phaserai-tutorial-");
        // As root the development server runs as another user, who has to get in.
        File.SetUnixFileMode(home.FullName, (UnixFileMode)0b111_101_101);
        try
        {
            var output = await RunAsync(home.FullName, string.Join('\n', Blocks().Select((block, i) => $"echo '=== {i}' | tee /dev/stderr\n{block}")));

            Assert.Equal(3, output.Split("exit code 1\n").Length + output.Split("exit code 2\n").Length - 1);
            Assert.Contains("statsu", output, StringComparison.Ordinal);
            Assert.Contains("step 2: autocommit", output, StringComparison.Ordinal);
            Assert.Contains("destroys column orders.status, 1 row", output, StringComparison.Ordinal);
            Assert.Contains("+ALTER TABLE orders ADD COLUMN status text NOT NULL DEFAULT 'new';", output, StringComparison.Ordinal);
            Assert.Contains("exit code 8\n", output, StringComparison.Ordinal);
            Assert.Contains("rewrites orders (2 rows", output, StringComparison.Ordinal);
            Assert.Contains("down: it brings the schema back", output, StringComparison.Ordinal);
            Assert.Contains("4 applied, 0 pending", output, StringComparison.Ordinal);
            Assert.Contains("DELETE 2\n", output, StringComparison.Ordinal);
            Assert.Matches(@"count \n-+\n +2\n", output);
        }
        finally
        {
            await RunAsync(home.FullName, "cd shop && phaserai-migrate dev reset --yes");
            home.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> Blocks() =>
        BashBlock().Matches(File.ReadAllText(Path.Combine(MigrationFolder.RepositoryRoot, "docs", "tutorial.md"))).Select(match => match.Groups[1].Value);

    /// <summary>What the commands have written to both outputs; the first that fails fails the test.</summary>
    private static async Task<string> RunAsync(string home, string commands)
    {
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", $"exec 2>&1\n{commands}"])
        {
            WorkingDirectory = home,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        var tool = Environment.GetEnvironmentVariable("MIGRATE_TEST_BINARY") is { Length: > 0 } given ? given : Path.Combine(AppContext.BaseDirectory, "phaserai-migrate");
        start.Environment.Clear();
        start.Environment["HOME"] = home;
        start.Environment["PATH"] = $"{Path.GetDirectoryName(tool)}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
        return output;
    }

    [GeneratedRegex("```bash\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex BashBlock();
}
