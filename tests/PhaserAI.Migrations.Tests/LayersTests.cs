using System.Text.RegularExpressions;
using Xunit;

namespace PhaserAI.Migrations.Tests;

/// <summary>
/// The folders of the library depend on each other in one direction: Sql, Scripts, History, Planning, Measuring, Execution,
/// Backups, Rehearsals, Imports. What stands in no folder (the public surface) may use them all.
/// </summary>
public sealed partial class LayersTests
{
    private static readonly string[] Layers = ["Sql", "Scripts", "History", "Planning", "Measuring", "Execution", "Backups", "Rehearsals", "Imports"];

    public static TheoryData<string> Folders => [.. Layers];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Folder_uses_only_what_lies_below_it(string folder)
    {
        var above = Layers[(Array.IndexOf(Layers, folder) + 1)..];
        var files = Directory.GetFiles(Path.Combine(Source, folder), "*.cs", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var used = Name().Matches(File.ReadAllText(file)).Select(match => match.Groups["layer"].Value);
            Assert.DoesNotContain(used, name => above.Contains(name));
        }
    }

    [Fact]
    public void Every_folder_is_a_layer() => Assert.Equal(
        Layers.Order(StringComparer.Ordinal),
        Directory.GetDirectories(Source).Select(folder => Path.GetFileName(folder)!).Except(["bin", "obj"], StringComparer.Ordinal).Order(StringComparer.Ordinal));

    [Fact]
    public void Library_writes_no_text_and_reads_no_surroundings()
    {
        foreach (var file in Directory.GetFiles(Source, "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)))
            Assert.DoesNotMatch(@"\bConsole\.|GetEnvironmentVariable", File.ReadAllText(file));
    }

    [Fact]
    public void Only_the_package_for_applications_knows_dependency_injection()
    {
        var projects = Path.Combine(MigrationFolder.RepositoryRoot, "src");
        var files = Directory.GetFiles(projects, "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("Microsoft.Extensions.", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(projects, file).Split(Path.DirectorySeparatorChar));
        Assert.Equal(["PhaserAI.Migrations.Hosting"], files.Where(file => file[1] is not "obj").Select(file => file[0]).Distinct());
    }

    private static string Source => Path.Combine(MigrationFolder.RepositoryRoot, "src", "PhaserAI.Migrations");

    // A using of the layer, or its name in front of a type's.
    [GeneratedRegex(@"(?<=PhaserAI\.Migrations\.|[\s(<!])(?<layer>Sql|Scripts|History|Planning|Measuring|Execution|Backups|Rehearsals|Imports)(?=;|\.[A-Z])")]
    private static partial Regex Name();
}
