using System.Text.RegularExpressions;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.DevServer;
using Xunit;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>"Development Workflow" and "Running Specific Migrations", on the development database that the tool brings.</summary>
public sealed partial class DevelopmentTests(ClusterTemplate template)
{
    [Fact, RunsBlocks(6, 7, 8, 11, 12, 13)]
    public async Task A_new_migration_is_written_applied_and_rolled_back_and_versions_may_be_named()
    {
        await using var project = new GuideProject(null, await template.ProjectAsync());
        var count = Directory.GetFiles(project.Migrations).Length;
        project.WriteProgram("vim", """
            #!/usr/bin/env bash
            [[ -f $1 && ! -s $1 ]] || exit 1
            printf '%s\n' 'ALTER TABLE words ADD COLUMN hard BOOLEAN;' '-- DOWN:' '-- ALTER TABLE words DROP COLUMN hard;' >"$1"
            """);

        await SucceedAsync(project, 6);
        var file = Path.GetFileName(Assert.Single(Directory.GetFiles(project.Migrations, "*_add_word_difficulty.sql")));
        Assert.Matches(@"^\d{8}_\d{6}_add_word_difficulty\.sql$", file);

        var applied = await SucceedAsync(project, 7);
        Assert.Contains($"0 applied, {count + 1} pending", applied.Out, StringComparison.Ordinal);
        Assert.Contains($"Applied {count + 1} migrations", applied.Out, StringComparison.Ordinal);
        Assert.EndsWith($"{count + 1} applied, 0 pending", applied.Out.TrimEnd(), StringComparison.Ordinal);

        var rolledBack = await SucceedAsync(project, 8);
        Assert.Contains($"rolled back  {file}", rolledBack.Out, StringComparison.Ordinal);
        Assert.EndsWith($"{count} applied, 1 pending", rolledBack.Out.TrimEnd(), StringComparison.Ordinal);

        // Down to a version keeps it, up to one goes no further; so they are typed in this order here.
        Assert.Equal(["20250101_120000"], AppliedIn(await SucceedAsync(project, 12)));
        Assert.Equal(["20250101_120000", "20250102_143000"], AppliedIn(await SucceedAsync(project, 11)));
        Assert.Equal(count + 1, AppliedIn(await SucceedAsync(project, 13)).Length);
    }

    private static async Task<CliResult> SucceedAsync(GuideProject project, int block)
    {
        var result = await project.TypeAsync(block);
        Assert.True(result.Code == 0, result.ToString());
        return result;
    }

    private static string[] AppliedIn(CliResult status) => [.. Applied().Matches(status.Out).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"^  (\d{8}_\d{6})  applied  \d{4}-", RegexOptions.Multiline)]
    private static partial Regex Applied();
}
