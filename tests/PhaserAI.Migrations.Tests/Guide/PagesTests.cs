using System.Text.RegularExpressions;
using PhaserAI.Migrations.Cli;
using PhaserAI.Migrations.Cli.Commands;
using Xunit;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>What the pages of this repository say can be typed, and what they link to is there.</summary>
public sealed partial class PagesTests
{
    public static TheoryData<string> Pages =>
    [
        .. new[] { "*.md", "docs/*.md", "docs/reference/*.md", "docs/adr/*.md", "bench/*.md" }
            .SelectMany(pattern => Directory.GetFiles(Path.Combine(MigrationFolder.RepositoryRoot, Path.GetDirectoryName(pattern)!), Path.GetFileName(pattern)))
            .Select(file => Path.GetRelativePath(MigrationFolder.RepositoryRoot, file)).Order(StringComparer.Ordinal),
    ];

    [Theory, MemberData(nameof(Pages))]
    public void Links_lead_somewhere(string page)
    {
        var file = Path.Combine(MigrationFolder.RepositoryRoot, page);
        foreach (var target in Link().Matches(CodeBlock().Replace(File.ReadAllText(file), "")).Select(match => match.Groups["target"].Value).Where(target => !target.Contains("://", StringComparison.Ordinal)))
        {
            var (path, anchor) = target.Split('#') is [var before, var after] ? (before, after) : (target, null);
            var linked = path.Length == 0 ? file : Path.Combine(Path.GetDirectoryName(file)!, path);
            Assert.True(File.Exists(linked) || Directory.Exists(linked), $"{page}: {target}");
            if (anchor is not null)
                Assert.True(Anchors(linked).Contains(anchor), $"{page}: {target}");
        }
    }

    [Theory, MemberData(nameof(Pages))]
    public void Commands_are_understood(string page)
    {
        var (root, _) = CommandLine.Describe(new CliHost(TextWriter.Null, TextWriter.Null, TextReader.Null, _ => null, Path.GetTempPath()));
        var blocks = CodeBlock().Matches(File.ReadAllText(Path.Combine(MigrationFolder.RepositoryRoot, page)));
        foreach (var command in blocks.Where(block => block.Groups["language"].Value == "bash").SelectMany(block => Command().Matches(block.Groups["text"].Value)).Select(match => match.Groups["arguments"].Value.Trim()))
        {
            // Words that stand for the reader's own, and what the shell would do with them, matter to the parser no more than any other word.
            var words = Word().Matches(command).Select(match => match.Value.Trim('"', '\'')).TakeWhile(word => word is not "--").ToArray();
            if (words is [] or ["dev", "psql", ..] || words.Contains("--help"))
                continue;
            Assert.True(ParseFailure.Find(root.Parse(words), "migrate.sh") is null, $"{page}: {command}");
        }
    }

    private static HashSet<string> Anchors(string page) =>
        [.. Heading().Matches(CodeBlock().Replace(File.ReadAllText(page), "")).Select(match => NotInAnchor().Replace(match.Groups["title"].Value.ToLowerInvariant(), "").Replace(' ', '-'))];

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^```(?<language>\w*)[^\n]*\n(?<text>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodeBlock();

    /// <summary>The arguments of the tool, up to a comment or what the shell reads as the command's end.</summary>
    [GeneratedRegex(@"(?:\./scripts/migrate\.sh|^phaserai-migrate|\$ phaserai-migrate)(?<arguments>[^\n#|&;>\\)]*)", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex("""\"[^"]*\"|'[^']*'|\S+""")]
    private static partial Regex Word();

    [GeneratedRegex("^#+ (?<title>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{Nd} _-]")]
    private static partial Regex NotInAnchor();
}
