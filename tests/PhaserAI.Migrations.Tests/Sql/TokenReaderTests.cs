using System.Text;
using PhaserAI.Migrations.Sql;
using Xunit;

namespace PhaserAI.Migrations.Tests.Sql;

public sealed class TokenReaderTests
{
    [Fact]
    public void Comments_and_white_space_are_passed_over()
    {
        var reader = Reader(" -- a\n INSERT /* b */ INTO t");

        Assert.True(reader.Read() && reader.IsWord("insert"u8));
        Assert.True(reader.TryReadWord("into"u8));
        Assert.False(reader.TryReadWord("x"u8));
        Assert.True(reader.IsWord("into"u8));
        Assert.True(reader.Read() && reader.IsWord("t"u8));
        Assert.False(reader.Read());
        Assert.Equal(0, reader.CurrentText.Length);
    }

    [Fact]
    public void Copy_looks_ahead_without_moving_the_reader()
    {
        var reader = Reader("a b");
        reader.Read();

        var ahead = reader;
        ahead.Read();

        Assert.True(ahead.IsWord("b"u8) && reader.IsWord("a"u8));
    }

    [Fact]
    public void Quoted_word_is_not_the_word()
    {
        var reader = Reader("\"concurrently\"");
        reader.Read();

        Assert.False(reader.IsWord("concurrently"u8));
        Assert.False(reader.IsWord("\"concurrently\""u8));
    }

    [Theory]
    [InlineData("Schema_Migrations", "schema_migrations")]
    [InlineData("\"Schema\"\"M\"", "Schema\"M")]
    [InlineData("ÉTÉ", "ÉtÉ")]
    [InlineData("U&\"d\\0061t\\+000061\\\\\"", "data\\")]
    [InlineData("\"open", "open")]
    public void Identifier_is_named_as_the_server_names_it(string text, string name)
    {
        var reader = Reader(text);

        Assert.True(reader.TryReadIdentifier(out var found));
        Assert.Equal(name, found);
    }

    [Theory]
    [InlineData("'a''b'", "a'b")]
    [InlineData(@"'a\b'", @"a\b")]
    [InlineData(@"E'\b\f\n\r\t\\\'\a\'''", "\b\f\n\r\t\\'a''")]
    [InlineData(@"E'\101\x42\x4g\u00e9\U0001F600'", "AB\u0004gé\U0001F600")]
    [InlineData(@"E'\303\251 \xc3\xa9'", "é é")]
    [InlineData(@"U&'d\0061\+000061\\''\zz'", @"daa\'\zz")]
    [InlineData("N'a'", "a")]
    [InlineData("B'01'", "01")]
    [InlineData("$$a'b$$", "a'b")]
    [InlineData("$t$a$$b$t$", "a$$b")]
    [InlineData("'a'\n'b' -- c\n'd'", "abd")]
    [InlineData("E'a'\n'\\n'", "a\n")]
    [InlineData("'open", "open")]
    [InlineData("E'open\\", "open\\")]
    public void String_is_read_with_its_escapes_undone(string text, string value)
    {
        var reader = Reader(text);

        Assert.True(reader.TryReadString(out var found));
        Assert.Equal(value, found);
        Assert.False(reader.Read());
    }

    [Fact]
    public void Plain_string_has_escapes_while_they_do_not_conform()
    {
        var text = @"'a\'b' N'\n'"u8;
        var reader = new TokenReader(text, 0, text.Length, standardConformingStrings: false);

        reader.TryReadString(out var plain);
        reader.TryReadString(out var national);

        Assert.Equal(("a'b", "\n"), (plain, national));
    }

    [Fact]
    public void Recording_insert_can_be_read()
    {
        var reader = Reader("INSERT INTO public.\"schema_migrations\" (version, description) VALUES ('20250101_000000', 'x')");

        Assert.True(reader.TryReadWord("insert"u8) && reader.TryReadWord("into"u8));
        Assert.True(reader.TryReadQualifiedName(out var table));
        Assert.True(reader.TryReadCharacter('('));
        Assert.True(reader.TryReadIdentifier(out var column));
        Assert.True(reader.TryReadCharacter(','));
        Assert.True(reader.TryReadIdentifier(out _) && reader.TryReadCharacter(')') && reader.TryReadWord("values"u8));
        Assert.True(reader.TryReadCharacter('('));
        Assert.True(reader.TryReadString(out var version));
        Assert.Equal(("schema_migrations", "version", "20250101_000000"), (table, column, version));
    }

    private static TokenReader Reader(string text) => new(Encoding.UTF8.GetBytes(text), 0, Encoding.UTF8.GetByteCount(text));
}
