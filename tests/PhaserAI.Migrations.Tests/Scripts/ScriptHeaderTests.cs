using PhaserAI.Migrations.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Scripts;

public sealed class ScriptHeaderTests
{
    [Fact]
    public void Leading_comment_lines_are_keys_and_values()
    {
        var header = Header("""
            -- Migration: Words
            -- Author: Ada: the first
            -- Date: 2025-01-04 10:00:00
            -- Reviewed-By: nobody

            -- Later: is no header
            """);

        Assert.Equal(
            ["Migration=Words", "Author=Ada: the first", "Date=2025-01-04 10:00:00", "Reviewed-By=nobody"],
            header.Fields.Select(field => $"{field.Key}={field.Value}"));
        Assert.Equal("nobody", header["reviewed-by"]);
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n")]
    public void Line_ends_and_a_byte_order_mark_are_no_part_of_it(string lineEnd) =>
        Assert.Equal("Words", Header($"\uFEFF-- Migration: Words{lineEnd}-- Author: Ada{lineEnd}")["Migration"]);

    [Fact]
    public void Value_goes_on_in_indented_lines()
    {
        var header = Header("""
            -- Description: Adds words
            --   and their meanings,
            -- not this
            -- Dependencies: 20250101_120000_a.sql,
            --               20250102_120000_b.sql
            """);

        Assert.Equal("Adds words and their meanings,", header.Description);
        Assert.Equal(["20250101_120000_a.sql", "20250102_120000_b.sql"], header.Dependencies);
    }

    [Theory]
    [InlineData("-- Migration: A\n-- UP: b\n-- Author: C\n")]
    [InlineData("-- Migration: A\n-- DOWN\n-- Author: C\n")]
    [InlineData("-- Migration: A\nSELECT 1;\n-- Author: C\n")]
    [InlineData("-- Migration: A\n\n-- Author: C\n")]
    public void It_ends_at_a_marker_a_statement_and_an_empty_line(string text) =>
        Assert.Equal(["Migration"], Header(text).Fields.Select(field => field.Key));

    [Fact]
    public void Up_and_down_are_never_keys() =>
        Assert.Equal(["Author"], Header("-- Up : x\n-- Author: A").Fields.Select(field => field.Key).Concat(Header("-- Author: A\n-- up: x").Fields.Select(field => field.Key)));

    [Fact]
    public void Address_is_no_key() => Assert.Empty(Header("-- See https://example.org").Fields);

    [Fact]
    public void Decoration_and_prose_between_the_keys_are_passed_over() =>
        Assert.Equal("Words", Header("-- ==========\n-- What this is\n-- Migration: Words\n-- ==========")["Migration"]);

    [Theory]
    [InlineData("-- Description: D\n-- Migration: M", "D")]
    [InlineData("-- Description:\n-- Migration: M", "M")]
    [InlineData("-- Migration: M", "M")]
    [InlineData("SELECT 1;", "initial schema")]
    public void Description_falls_back_to_the_migration_and_then_to_the_name(string text, string expected)
    {
        Assert.True(MigrationVersion.TryParse("20250101_120000", out var version));

        Assert.Equal(expected, new MigrationScript(version, "20250101_120000_initial_schema.sql", Parsed.Script(text)).Description);
    }

    [Theory]
    [InlineData("None", 0)]
    [InlineData("none (initial schema)", 0)]
    [InlineData("None, really", 0)]
    [InlineData("", 0)]
    [InlineData("20250101_120000", 1)]
    [InlineData("20250101_120000_a.sql, 20250102_120000", 2)]
    [InlineData("nonesuch.sql", 1)]
    public void Dependencies_are_separated_by_commas_and_none_is_none(string value, int count) =>
        Assert.Equal(count, Header($"-- Dependencies: {value}").Dependencies.Length);

    private static ScriptHeader Header(string text) => Parsed.Script(text).Header;
}
