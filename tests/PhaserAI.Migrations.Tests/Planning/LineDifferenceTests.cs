using PhaserAI.Migrations.Planning;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

public sealed class LineDifferenceTests
{
    [Fact]
    public void Same_texts_have_none() => Assert.Empty(Of("a\nb\n", "a\r\nb\r\n"));

    [Fact]
    public void A_changed_line_is_shown_with_three_lines_around_it() => Assert.Equal(
        ["@@ -2 +2 @@", " 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8"],
        Of("1\n2\n3\n4\n5\n6\n7\n8\n9", "1\n2\n3\n4\nfive\n6\n7\n8\n9"));

    [Fact]
    public void Changes_far_apart_are_two_hunks_and_near_ones_are_one()
    {
        var text = string.Join('\n', Enumerable.Range(1, 40));

        Assert.Equal(["@@ -1 +1 @@", "@@ -27 +28 @@"], Of(text, "0\n" + text.Replace("\n30\n", "\n", StringComparison.Ordinal)).Where(line => line[0] == '@'));
        Assert.Single(Of(text, text.Replace("\n30\n", "\n", StringComparison.Ordinal).Replace("\n35\n", "\n", StringComparison.Ordinal)), line => line[0] == '@');
    }

    [Theory]
    [InlineData("", "a")]
    [InlineData("a", "")]
    [InlineData("a\nb", "b\na")]
    [InlineData("a\nb\nc\nd", "x\nb\ny\nd\nz")]
    public void What_it_says_turns_the_one_text_into_the_other(string before, string after)
    {
        var lines = Of(before, after)[1..];

        Assert.Equal(before.Split('\n'), lines.Where(line => line[0] != '+').Select(line => line[1..]));
        Assert.Equal(after.Split('\n'), lines.Where(line => line[0] != '-').Select(line => line[1..]));
    }

    [Fact]
    public void A_long_difference_is_cut()
    {
        var lines = Of("a", string.Join('\n', Enumerable.Range(1, 5000)));

        Assert.Equal(61, lines.Length);
        Assert.StartsWith("… ", lines[^1], StringComparison.Ordinal);
        Assert.Equal(302, Of("a", new string('x', 10_000))[2].Length);
    }

    [Fact]
    public void Large_texts_without_anything_in_common_are_not_compared_line_by_line()
    {
        var lines = Of(string.Join('\n', Enumerable.Range(1, 20_000)), string.Join('\n', Enumerable.Range(30_000, 20_000)));

        Assert.All(lines[1..^1], line => Assert.Equal('-', line[0]));
    }

    private static string[] Of(string before, string after) => [.. LineDifference.Of(before, after, line => line + 1)];
}
