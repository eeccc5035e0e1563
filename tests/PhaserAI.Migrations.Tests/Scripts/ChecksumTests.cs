using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace PhaserAI.Migrations.Tests.Scripts;

public sealed class ChecksumTests
{
    [Fact]
    public void It_is_the_sha256_of_the_text()
    {
        var text = string.Join('\n', Enumerable.Range(0, 2_000).Select(i => $"SELECT {i}; -- é"));

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), Parsed.Script(text).Checksum);
    }

    [Theory]
    [InlineData("\uFEFFSELECT 'a\nb';\n-- x\n")]
    [InlineData("SELECT 'a\r\nb';\r\n-- x\r\n")]
    [InlineData("\uFEFFSELECT 'a\r\nb';\n-- x\r\n")]
    public void Byte_order_mark_and_crlf_change_neither(string text)
    {
        var (expected, actual) = (Parsed.Script("SELECT 'a\nb';\n-- x\n"), Parsed.Script(text));

        Assert.Equal((expected.Checksum, expected.TokenChecksum), (actual.Checksum, actual.TokenChecksum));
    }

    [Theory]
    [InlineData("SELECT 1, 2; -- why\n\n-- DOWN:\n-- SELECT 3;")]
    [InlineData("/* x */ SELECT\n  1 , 2\n;\n-- DOWN:\n-- SELECT 4;")]
    [InlineData("-- Author: B\nSELECT 1,2;\n;")]
    public void Edit_of_comments_and_white_space_changes_only_the_first(string text)
    {
        var (before, after) = (Parsed.Script("-- Author: A\nSELECT 1, 2;\n-- DOWN:\n-- SELECT 3;"), Parsed.Script(text));

        Assert.NotEqual(before.Checksum, after.Checksum);
        Assert.Equal(before.TokenChecksum, after.TokenChecksum);
    }

    [Theory]
    [InlineData("SELECT 1, 3; SELECT 'a b';\n-- DOWN\nSELECT 3;")]
    [InlineData("SELECT 1, 2; SELECT 'a  b';\n-- DOWN\nSELECT 3;")]
    [InlineData("SELECT 12; SELECT 'a b';\n-- DOWN\nSELECT 3;")]
    [InlineData("SELECT 1, 2 SELECT 'a b';\n-- DOWN\nSELECT 3;")]
    [InlineData("SELECT 1, 2; SELECT 'a b';\n-- DOWN\nSELECT 4;")]
    [InlineData("SELECT 1, 2; SELECT 'a b';\nSELECT 3;")]
    [InlineData("SELECT 1, 2; SELECT 'a b';\n-- DOWN\n-- SELECT 3;")]
    public void Edit_of_sql_changes_both(string text)
    {
        var (before, after) = (Parsed.Script("SELECT 1, 2; SELECT 'a b';\n-- DOWN\nSELECT 3;"), Parsed.Script(text));

        Assert.NotEqual(before.Checksum, after.Checksum);
        Assert.NotEqual(before.TokenChecksum, after.TokenChecksum);
    }

    [Fact]
    public void Dashes_inside_a_string_with_backslashes_are_no_comment()
    {
        const string Setting = "SET standard_conforming_strings = off;\n";

        Assert.NotEqual(Parsed.Script(Setting + "SELECT 'it\\'s -- a';").TokenChecksum, Parsed.Script(Setting + "SELECT 'it\\'s -- b';").TokenChecksum);
    }

    [Fact]
    public void Data_of_copy_count() =>
        Assert.NotEqual(Parsed.Script("COPY a FROM stdin;\n1\n\\.\n").TokenChecksum, Parsed.Script("COPY a FROM stdin;\n2\n\\.\n").TokenChecksum);
}
