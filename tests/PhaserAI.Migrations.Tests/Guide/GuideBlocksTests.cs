using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>Every block of the guide is run by a test, and the page that says how is true.</summary>
public sealed partial class GuideBlocksTests
{
    [Fact]
    public void Every_block_is_run_by_a_test_and_has_a_line_that_says_how()
    {
        var blocks = GuidePage.Blocks.Select(block => block.Number).ToArray();
        var run = typeof(GuideBlocksTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttributes().Any(attribute => attribute is FactAttribute))
            .SelectMany(method => method.GetCustomAttribute<RunsBlocksAttribute>()?.Blocks ?? []);
        Assert.Equal(blocks, run.Order());
        Assert.Equal(blocks, GuideRuns.All.Select(entry => entry.Block));
        Assert.All(GuidePage.Blocks, block => Assert.True(block.Language is "bash" or "sql" or "yaml" or "", $"Nobody knows how to run {block.Language}."));
    }

    [Fact, RunsBlocks(4)]
    public void Naming_convention()
    {
        var pattern = Regex.Escape(GuideRuns.TextOf(4).Trim())
            .Replace("YYYYMMDD", @"\d{8}", StringComparison.Ordinal).Replace("HHMMSS", @"\d{6}", StringComparison.Ordinal).Replace("description", "[a-z0-9_]+", StringComparison.Ordinal);
        var examples = Example().Matches(File.ReadAllText(GuidePage.Path)).Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(3, examples.Length);
        var ours = Directory.GetFiles(MigrationFolder.OfRepository, "*.sql").Select(file => Path.GetFileName(file)!).ToArray();
        Assert.All([.. examples, .. ours], name => Assert.Matches($"^{pattern}$", name));
        Assert.Empty(examples.Except(ours, StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_page_is_made_from_the_tests()
    {
        var file = Path.Combine(MigrationFolder.RepositoryRoot, "docs", "reference", "guide-blocks.md");
        if (Environment.GetEnvironmentVariable("MIGRATE_TEST_REWRITE") == "1")
            await File.WriteAllTextAsync(file, GuideBlocksPage.Text(), TestContext.Current.CancellationToken);
        var page = File.Exists(file) ? await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) : "";
        Assert.True(
            page.ReplaceLineEndings("\n") == GuideBlocksPage.Text(),
            "docs/reference/guide-blocks.md is stale: MIGRATE_TEST_REWRITE=1 ./scripts/test.sh -class '*GuideBlocksTests' writes it anew.");
    }

    [GeneratedRegex(@"^- `(\d{8}_\d{6}_\w+\.sql)`$", RegexOptions.Multiline)]
    private static partial Regex Example();
}
