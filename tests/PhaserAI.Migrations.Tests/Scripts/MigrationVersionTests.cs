using PhaserAI.Migrations.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Scripts;

/// <summary>Versions as an application writes them.</summary>
public sealed class MigrationVersionTests
{
    [Fact]
    public void A_version_is_read() => Assert.Equal("20250102_143000", MigrationVersion.Parse("20250102_143000").ToString());

    [Theory]
    [InlineData("")]
    [InlineData("20250102-143000")]
    [InlineData("20250102_143000_add_words.sql")]
    public void Something_else_is_said_to_be_none(string text)
    {
        var failure = Assert.Throws<FormatException>(() => MigrationVersion.Parse(text));
        Assert.Contains($"\"{text}\"", failure.Message, StringComparison.Ordinal);
        Assert.Contains("YYYYMMDD_HHMMSS", failure.Message, StringComparison.Ordinal);
    }
}
