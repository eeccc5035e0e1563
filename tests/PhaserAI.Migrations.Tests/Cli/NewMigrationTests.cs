using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary><c>new NAME</c> makes a file that is the newest, that is nobody else's, and that works as it is.</summary>
public sealed class NewMigrationTests(PostgresServer server)
{
    [Theory]
    [InlineData("add_word_notes", "add_word_notes", "Add word notes")]
    [InlineData("Add word notes", "add_word_notes", "Add word notes")]
    [InlineData("users/emails\\index", "users_emails_index", "Users/emails\\index")]
    [InlineData("../../../etc/passwd", "etc_passwd", "../../../etc/passwd")]
    [InlineData("größere Wörter", "größere_wörter", "Größere Wörter")]
    [InlineData("add_notes.sql", "add_notes", "Add notes")]
    [InlineData("  spaces\tand\nlines;DROP TABLE x", "spaces_and_lines_drop_table_x", "Spaces and lines;DROP TABLE x")]
    [InlineData("it's \"quoted\" -- really", "it_s_quoted_really", "It's \"quoted\" -- really")]
    [InlineData("😀 smile", "smile", "😀 smile")]
    public async Task Any_name_with_a_letter_gives_a_file_and_a_heading(string name, string file, string heading)
    {
        using var folder = new MigrationFolder();
        var result = await new CliRunner(folder, null).RunAsync("new", name);
        Assert.True(result.Code == 0, result.ToString());
        var made = Assert.Single(Directory.GetFiles(folder.Path));
        Assert.Matches($@"^\d{{8}}_\d{{6}}_{file}\.sql$", Path.GetFileName(made));
        Assert.Equal(Path.Combine("infra", "migrations", Path.GetFileName(made)), result.Out.TrimEnd());
        Assert.StartsWith($"-- Migration: {heading}\n-- Author: ", await File.ReadAllTextAsync(made, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("!?…")]
    [InlineData(".sql")]
    [InlineData("_")]
    public async Task A_name_without_a_letter_is_refused(string name)
    {
        using var folder = new MigrationFolder();
        var result = await new CliRunner(folder, null).RunAsync("new", name);
        Assert.Equal(2, result.Code);
        Assert.Contains("gives no file name", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task A_name_longer_than_a_file_name_may_be_is_cut()
    {
        using var folder = new MigrationFolder();
        Assert.Equal(0, (await new CliRunner(folder, null).RunAsync("new", new string('a', 400))).Code);
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task Many_at_the_same_moment_never_share_a_version()
    {
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, null);
        var names = Enumerable.Range(0, 24).Select(number => number % 3 == 0 ? "same" : $"name_{(char)('z' - number)}");
        var results = await Task.WhenAll(names.Select(name => Task.Run(() => cli.RunAsync("new", name))));

        Assert.All(results, result => Assert.True(result.Code == 0, result.ToString()));
        var files = Directory.GetFileSystemEntries(folder.Path).Select(file => Path.GetFileName(file)!).ToArray();
        Assert.Equal(24, files.Select(file => file[..15]).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(results.Select(result => Path.GetFileName(result.Out.TrimEnd())).Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("20250101_120000_a.sql", "20250101_120001")]
    [InlineData("20991231_235959_future.sql", "21000101_000000")]
    [InlineData("20240101_000000_old.sql", "20250101_120000")]
    public async Task It_is_later_than_every_other_and_depends_on_the_last(string existing, string version)
    {
        using var folder = new MigrationFolder();
        folder.Write(existing, "SELECT 1;\n");
        var result = await RunAsync(folder, new DateTimeOffset(2025, 1, 1, 14, 0, 0, TimeSpan.FromHours(2)));
        Assert.Equal($"infra/migrations/{version}_b.sql", result.Out.TrimEnd());
        Assert.Contains($"-- Dependencies: {existing}\n", await File.ReadAllTextAsync(Path.Combine(folder.Project, result.Out.TrimEnd()), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_taken_by_a_file_of_another_kind_is_left_alone()
    {
        using var folder = new MigrationFolder();
        folder.Write("20250101_120000_notes.md", "");
        folder.Write(".20250101_120001.claim", "");
        Assert.Equal("infra/migrations/20250101_120002_b.sql", (await RunAsync(folder, new DateTimeOffset(2025, 1, 1, 12, 0, 0, TimeSpan.Zero))).Out.TrimEnd());
    }

    [Theory]
    [InlineData("99991231_235959_end.sql")]
    [InlineData("20269999_000000_no_date.sql")]
    public async Task A_version_that_nothing_can_follow_is_named(string existing)
    {
        using var folder = new MigrationFolder();
        folder.Write(existing, "SELECT 1;\n");
        var result = await RunAsync(folder, new DateTimeOffset(2025, 1, 1, 12, 0, 0, TimeSpan.Zero));
        Assert.Equal(2, result.Code);
        Assert.Contains(existing, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_makes_the_folder_and_says_when_it_can_not()
    {
        using var folder = new MigrationFolder();
        Directory.Delete(folder.Path);
        var cli = new CliRunner(folder, null);
        Assert.Equal(0, (await cli.RunAsync("new", "a")).Code);
        Assert.Single(Directory.GetFiles(folder.Path));

        await File.WriteAllTextAsync(Path.Combine(folder.Project, "file"), "", TestContext.Current.CancellationToken);
        var result = await cli.RunAsync("new", "a", "--migrations", "file/below");
        Assert.Equal(2, result.Code);
        Assert.Contains("the file can't be written to file/below", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_template_goes_up_with_a_warning_and_down_as_it_is()
    {
        await using var database = await server.CreateDatabaseAsync();
        using var folder = new MigrationFolder();
        var cli = new CliRunner(folder, database);
        await cli.RunAsync("new", "first");
        await cli.RunAsync("new", "second");

        var inspected = await cli.RunAsync(["inspect", .. Directory.GetFiles(folder.Path), "--output", "json"]);
        Assert.True(inspected.Code == 0, inspected.ToString());
        Assert.All(inspected.Json.EnumerateArray(), file => Assert.Equal(0, file.GetProperty("problems").GetArrayLength() + file.GetProperty("findings").GetArrayLength()));

        var up = await cli.RunAsync("up");
        Assert.True(up.Code == 0, up.ToString());
        Assert.Equal(2, up.Error.Split("holds no statement but BEGIN and COMMIT").Length - 1);
        var down = await cli.RunAsync("down", "--all");
        Assert.True(down.Code == 0, down.ToString());
        Assert.Empty(down.Error);
        Assert.Contains("0 applied, 2 pending", down.Out, StringComparison.Ordinal);
    }

    private static Task<CliResult> RunAsync(MigrationFolder folder, DateTimeOffset now) =>
        new CliRunner(folder, null) { TimeProvider = new FixedClock(now) }.RunAsync("new", "b");

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now.ToUniversalTime();
    }
}
