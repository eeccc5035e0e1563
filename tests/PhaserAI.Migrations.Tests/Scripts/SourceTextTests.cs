using System.Text;
using PhaserAI.Migrations.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Scripts;

public sealed class SourceTextTests
{
    [Theory]
    [InlineData("x", 1, 1)]
    [InlineData("ä😀x", 1, 3)]
    [InlineData("\uFEFFab\r\n  x", 2, 3)]
    [InlineData("\n\n\tx", 3, 2)]
    public void Columns_count_code_points(string text, int line, int column)
    {
        var source = new SourceText("f", Encoding.UTF8.GetBytes(text));

        Assert.Equal((line, column), source.GetPosition(source.Bytes.IndexOf((byte)'x')));
    }

    [Fact]
    public void Positions_may_be_asked_for_in_any_order()
    {
        var source = new SourceText("f", "ab\ncde\nf"u8.ToArray());

        Assert.Equal(
            [(2, 3), (2, 1), (2, 2), (1, 2), (3, 1), (2, 3), (3, 2)],
            new[] { 5, 3, 4, 1, 7, 5, 99 }.Select(source.GetPosition));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'a', 0xC3 }, 1)]
    [InlineData(new byte[] { (byte)'a', (byte)'\n', 0xFF, 0xFE }, 2)]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, 0)]
    public void Bytes_that_are_no_utf8_are_refused_with_their_place(byte[] bytes, int offset)
    {
        var script = Parsed.Script(bytes);

        var problem = Assert.Single(script.Problems);
        Assert.Equal(script.Text.GetPosition(offset), (problem.Line, problem.Column));
        Assert.Contains($"0x{bytes[offset]:x2}", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_in_utf16_is_refused()
    {
        var script = Parsed.Script([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("SELECT 1;")]);

        Assert.Contains(script.Problems, problem => problem.Message.Contains("UTF-8", StringComparison.Ordinal));
    }
}
