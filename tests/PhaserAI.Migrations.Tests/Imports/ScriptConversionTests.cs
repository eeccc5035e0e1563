using System.Text;
using PhaserAI.Migrations.Imports;
using PhaserAI.Migrations.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Imports;

/// <summary>A script made of another tool's says the same here as it did there.</summary>
public sealed class ScriptConversionTests : IDisposable
{
    private readonly MigrationFolder _folder = new();

    [Theory]
    [InlineData("-- migrate:up\nA;\n-- migrate:down\nB;\n", "A", "B")]
    [InlineData("-- Dependencies: none of ours\n-- migrate:up\nA\n-- migrate:down\nB", "A", "B")]
    [InlineData("-- migrate:up\r\nA;\r\n-- migrate:down\r\nB;\r\n", "A", "B")]
    [InlineData("-- migrate:up\n-- UP: the road\nA; -- DOWN\n-- DOWN:\n-- up\n-- migrate:down\n-- DOWN: again\nB;\n", "A", "B")]
    [InlineData("-- migrate:up\nA;\n-- migrate:down\n-- DROP TABLE users;\n", "A", null)]
    [InlineData("-- migrate:up\nA;\n-- migrate:down\n", "A", null)]
    [InlineData("-- migrate:up\nA;\n", "A", null)]
    [InlineData("-- migrate:up\nA -- a remark\n\n-- migrate:down\nB;\n", "A", "B")]
    [InlineData("-- migrate:up transaction:false\nA;\n-- migrate:down transaction:false\nB;\n", "A", "B", true)]
    [InlineData("-- migrate:up transaction:false\nA;\n-- migrate:down\nB\n", "A", "BEGIN; B; COMMIT", true)]
    [InlineData("-- migrate:up\nA;\n-- migrate:down transaction:false\nB;\n", "BEGIN; A; COMMIT", "B", true)]
    public void Files_of_dbmate(string text, string up, string? down, bool isAutocommit = false)
    {
        var parsed = Convert(ImportTool.Dbmate, "20250101000000_x.sql", Encoding.UTF8.GetBytes(text));
        Assert.Equal(up, Statements(parsed.Up));
        Assert.Equal(down, parsed.Down is { } section ? Statements(section) : null);
        Assert.Empty(parsed.Problems);
        Assert.Equal(isAutocommit ? "none" : null, parsed.Header["Transaction"]);
        Assert.Empty(parsed.Header.Dependencies);
    }

    [Fact]
    public void What_is_no_UTF_8_and_a_byte_order_mark_are_kept_and_dropped()
    {
        var parsed = Convert(ImportTool.Flyway, "V1__x.sql", [.. Encoding.UTF8.Preamble, .. "SELECT 'ä';\n-- "u8, 0xE4, (byte)'\n']);
        Assert.StartsWith("-- Imported-From: flyway 1 (V1__x.sql)\n\n-- UP:\nSELECT 'ä';", parsed.Text.GetString(0, parsed.Text.Length), StringComparison.Ordinal);
        Assert.Contains(parsed.Problems, problem => problem.Message.Contains("0xe4", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_of_Flyway_beside_a_script_count()
    {
        File.WriteAllText(_folder.Path + "/V1__x.sql.conf", "executeInTransaction = false\n");
        Assert.Equal("none", Convert(ImportTool.Flyway, "V1__x.sql", "VACUUM;"u8.ToArray()).Header["Transaction"]);
    }

    [Theory]
    [InlineData("20250101120000", "20250101_120000")]
    [InlineData("20250101120000_AddEmail", "20250101_120000")]
    [InlineData("20250101", "20250101_000000")]
    [InlineData("2025.1.1.9.5", "20250101_090500")]
    [InlineData("20250101.0930", "20250101_093000")]
    [InlineData("20250101.93000", "20250101_093000")]
    [InlineData("20251301120000", null)]
    [InlineData("1", null)]
    [InlineData("1.2.3", null)]
    [InlineData("2025.1", null)]
    public void Versions_that_are_dates(string version, string? date) => Assert.Equal(date, ImportVersions.OfDate(version)?.ToString());

    [Theory]
    [InlineData("1", "1.0.0", 0)]
    [InlineData("001_2", "1.2", 0)]
    [InlineData("1.9", "1.10", -1)]
    [InlineData("2", "10", -1)]
    [InlineData("20240501093000", "3", 1)]
    public void Versions_of_Flyway_are_numbers(string left, string right, int order) =>
        Assert.Equal(order, Math.Sign(FlywayVersion.Compare(FlywayVersion.Normalize(left), FlywayVersion.Normalize(right))));

    [Fact]
    public void Versions_here_ascend_in_the_order_there_and_those_that_are_given_stay()
    {
        var at = new DateTimeOffset(2024, 5, 1, 10, 0, 0, TimeSpan.Zero);
        Assert.True(MigrationVersion.TryParse("20240601_000000", out var known));
        var versions = ImportVersions.Allot([("1", null, null), ("2", at, null), ("3", at.AddDays(-1), null), ("4", at.AddMilliseconds(1500), null), ("5", at, known), ("6", null, null)]);
        Assert.Equal(["20000101_000000", "20240501_100000", "20240501_100001", "20240501_100002", "20240601_000000", "20240601_000001"], versions.Select(version => version.ToString()));
    }

    public void Dispose() => _folder.Dispose();

    private ParsedScript Convert(ImportTool tool, string name, byte[] text)
    {
        _folder.Write(name, text);
        var files = ForeignFolder.List(new ImportOptions(tool) { Folders = [new ImportFolder(_folder.Path, "old")] });
        var (script, problem) = ScriptConversion.Convert(tool, Assert.Single(files.Files).Value);
        Assert.Null(problem);
        return ScriptParser.Parse(new SourceText("new.sql", script!));
    }

    private static string Statements(ScriptSection section) =>
        string.Join("; ", section.Statements.Select(statement => section.Text.GetString(statement.Start, statement.Length)));
}
