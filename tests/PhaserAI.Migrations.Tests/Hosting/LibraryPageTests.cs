using System.Text.RegularExpressions;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Hosting;

/// <summary>What docs/library.md shows is code that is compiled and run here and in the samples.</summary>
public sealed partial class LibraryPageTests(PostgresServer server)
{
    [Fact]
    public async Task The_library_alone()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var project = new MigrationFolder();
        project.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        var (connectionString, folder) = (database.ConnectionString, project.Path);

        var migrator = new Migrator(
            new MigrationOptions { ConnectionString = connectionString, Directory = folder },
            new Progress<MigrationEvent>(Console.WriteLine));

        var plan = await migrator.PlanUpAsync(); // what UpAsync would do; writes nothing
        var report = await migrator.UpAsync();
        report.EnsureSucceeded();
        var status = await migrator.GetStatusAsync();

        Assert.Equal(plan.Versions, report.Finished.Select(finished => finished.Version));
        Assert.Equal(0, status.NotApplied);
    }

    [Fact]
    public async Task A_run_that_is_not_looked_at_does_not_fail_in_silence()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var project = new MigrationFolder();
        project.Write("20250101_000001_a.sql", "CREATE TABLE a ();\nSELECT missing;");

        var report = await new Migrator(new MigrationOptions { ConnectionString = database.ConnectionString, Directory = project.Path, DirectoryLabel = "migrations" }).UpAsync(cancellationToken: TestContext.Current.CancellationToken);
        var failure = Assert.Throws<RunFailedException>(report.EnsureSucceeded);

        Assert.Equal(
            """
            migration 20250101_000001 failed: column "missing" does not exist [42703]
              --> migrations/20250101_000001_a.sql:2:8
               | SELECT missing;
            Nothing was applied before it.
            20250101_000001 was rolled back: it left no trace.
            """,
            failure.Message);
        Assert.Equal("Mend migrations/20250101_000001_a.sql, and run it again.", failure.Next);
    }

    [Fact]
    public void Every_piece_of_code_of_the_page_is_compiled()
    {
        var page = File.ReadAllText(Path.Combine(MigrationFolder.RepositoryRoot, "docs", "library.md"));
        string[] folders = ["samples/WordsApi", "samples/WordsApi.Tests", "tests/PhaserAI.Migrations.Tests/Hosting"];
        var sources = folders.SelectMany(folder => Directory.GetFiles(Path.Combine(MigrationFolder.RepositoryRoot, folder)))
            .Where(file => Path.GetExtension(file) is ".cs" or ".csproj" or ".sql").Select(file => Plain(File.ReadAllText(file))).ToArray();
        var blocks = Block().Matches(page).Select(match => Plain(match.Groups["code"].Value)).ToArray();

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(sources, source => source.Contains(block, StringComparison.Ordinal)));
    }

    /// <summary>Without indentation and empty lines.</summary>
    private static string Plain(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex("```(csharp|xml|sql)\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
