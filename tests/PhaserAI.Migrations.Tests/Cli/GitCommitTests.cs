using PhaserAI.Migrations.Cli.Settings;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>The commit of the project is found as git itself would.</summary>
public sealed class GitCommitTests : IDisposable
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly MigrationFolder _folder = new();

    [Fact]
    public void A_commit_that_is_checked_out_by_itself()
    {
        Write(".git/HEAD", Commit + "\n");

        Assert.Equal(Commit, GitCommit.Read(_folder.Path));
    }

    [Fact]
    public void A_branch()
    {
        Write(".git/HEAD", "ref: refs/heads/feature/x\n");
        Assert.Null(GitCommit.Read(_folder.Project));

        Write(".git/packed-refs", $"# pack-refs with: peeled\n{new string('f', 40)} refs/heads/other/feature/x\n{Commit} refs/heads/feature/x\n");
        Assert.Equal(Commit, GitCommit.Read(_folder.Project));

        Write(".git/refs/heads/feature/x", new string('a', 40) + "\n");
        Assert.Equal(new string('a', 40), GitCommit.Read(_folder.Project));
    }

    [Fact]
    public void A_worktree()
    {
        Write("main/.git/HEAD", "ref: refs/heads/main\n");
        Write("main/.git/refs/heads/side", Commit + "\n");
        Write("main/.git/worktrees/side/HEAD", "ref: refs/heads/side\n");
        Write("main/.git/worktrees/side/commondir", "../..\n");
        Write("side/.git", $"gitdir: {Path.Combine(_folder.Project, "main/.git/worktrees/side")}\n");

        Assert.Equal(Commit, GitCommit.Read(Path.Combine(_folder.Project, "side")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ref: ../../../etc/passwd")]
    [InlineData("ref: refs/heads/.invalid")]
    [InlineData("0123456789")]
    public void What_is_no_commit_is_none(string head)
    {
        Write(".git/HEAD", head);

        Assert.Null(GitCommit.Read(_folder.Project));
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string name, string text)
    {
        var file = Path.Combine(_folder.Project, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
