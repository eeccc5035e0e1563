using PhaserAI.Migrations.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Scripts;

public sealed class MigrationDirectoryTests : IDisposable
{
    private readonly MigrationFolder _folder = new();

    [Fact]
    public void Files_are_ordered_by_version_and_other_files_and_folders_are_ignored()
    {
        _folder.Write("20250102_143000_b.sql", "");
        _folder.Write("20250101_120000_z.sql", "");
        _folder.Write("20250102_143000.txt", "");
        _folder.Write("README.md", "");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "20250103_000000_folder.sql"));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "old"));
        File.WriteAllText(Path.Combine(_folder.Path, "old", "bad.sql"), "");

        var found = Load();

        Assert.Empty(found.Problems);
        Assert.Equal(["20250101_120000_z.sql", "20250102_143000_b.sql"], found.Files.Select(file => file.FileName));
        Assert.Equal("migrations/20250101_120000_z.sql", found.Files[0].Text.File);
    }

    [Fact]
    public void Every_name_that_does_not_fit_is_listed()
    {
        string[] names =
        [
            "schema.sql", "20250101_120000.sql", "20250101_120000_.sql", "20250101-120000_a.sql", "2025010_120000_a.sql",
            "20250101_12000_a.sql", "20250101_120000a.sql", "20250101_120000_a.SQL", "20250101_120000_a.Sql", ".sql",
            "٢٠٢٥٠١٠١_120000_a.sql",
        ];
        foreach (var name in names)
            _folder.Write(name, "");
        _folder.Write("20250101_120001_good.sql", "");

        var found = Load();

        Assert.Equal(["20250101_120001_good.sql"], found.Files.Select(file => file.FileName));
        Assert.Equal(
            names.Select(name => "migrations/" + name).Order(StringComparer.Ordinal),
            found.Problems.Select(problem => problem.File).Order(StringComparer.Ordinal));
        Assert.All(found.Problems, problem => Assert.Contains("YYYYMMDD_HHMMSS_description.sql", problem.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_version_used_twice_is_named_with_both_files()
    {
        _folder.Write("20250101_120000_a.sql", "");
        _folder.Write("20250101_120000_b.sql", "");
        _folder.Write("20250102_120000_c.sql", "");
        _folder.Write("20250103_120000_d.sql", "");
        _folder.Write("20250103_120000_e.sql", "");

        var problems = Load().Problems;

        Assert.Equal(2, problems.Length);
        var names = problems[0].File + problems[0].Message;
        Assert.Contains("20250101_120000_a.sql", names, StringComparison.Ordinal);
        Assert.Contains("20250101_120000_b.sql", names, StringComparison.Ordinal);
        Assert.Contains("20250103_120000", problems[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_cannot_be_read_is_a_problem_and_the_others_are_read()
    {
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "20250101_120000_gone.sql"), "/nowhere/gone.sql");
        _folder.Write("20250102_120000_good.sql", "");

        var found = Load();

        Assert.Equal("migrations/20250101_120000_gone.sql", Assert.Single(found.Problems).File);
        Assert.Single(found.Files);
    }

    [Fact]
    public void A_link_may_lead_about_in_the_folder_as_in_a_ConfigMap_but_not_out_of_it()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "..2025_01_01"));
        _folder.Write("..2025_01_01/20250101_120000_a.sql", "SELECT 1;");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "..data"), "..2025_01_01");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "20250101_120000_a.sql"), "..data/20250101_120000_a.sql");
        File.WriteAllText(Path.Combine(_folder.Project, "secret"), "SELECT 2;");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "20250102_120000_b.sql"), "../../secret");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "20250103_120000_c.sql"), "20250103_120000_c.sql");

        var found = Load();

        Assert.Equal("SELECT 1;", Assert.Single(found.Files).Text.GetString(0, 9));
        Assert.Equal(
            ["migrations/20250102_120000_b.sql: the file is a symbolic link that leads out of the folder", "migrations/20250103_120000_c.sql: the file can't be read: too many symbolic links"],
            found.Problems.Select(problem => $"{problem.File}: {problem.Message}".Split(" on the way")[0]));
    }

    [Fact]
    public void A_folder_that_is_a_link_is_read()
    {
        _folder.Write("20250101_120000_a.sql", "SELECT 1;");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "20250102_120000_b.sql"), Path.Combine(_folder.Path, "20250101_120000_a.sql"));
        var link = Path.Combine(_folder.Project, "link");
        Directory.CreateSymbolicLink(link, _folder.Path);

        var found = MigrationDirectory.Load(link, "link");

        Assert.Empty(found.Problems);
        Assert.Equal(2, found.Files.Length);
    }

    [Fact]
    public async Task A_named_pipe_among_the_files_is_not_waited_for()
    {
        using var made = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(_folder.Path, "20250101_120000_a.sql")]);
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, Assert.Single(Load().Files).Text.Length);
    }

    [Fact]
    public void Missing_folder_is_a_problem()
    {
        var found = MigrationDirectory.Load(Path.Combine(_folder.Path, "nowhere"), "nowhere");

        Assert.Equal("there is no such folder", Assert.Single(found.Problems).Message);
    }

    [Fact]
    public void File_in_place_of_the_folder_is_a_problem() =>
        Assert.Single(MigrationDirectory.Load(_folder.Write("file", ""), "file").Problems);

    public void Dispose() => _folder.Dispose();

    private MigrationDirectory Load() => MigrationDirectory.Load(_folder.Path, "migrations");
}
