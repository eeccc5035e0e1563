using System.Security.Cryptography;
using System.Text;
using PhaserAI.Migrations.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Scripts;

/// <summary>A large file whose data stay in it is read as if it were read whole.</summary>
public sealed class LargeScriptTests : IDisposable
{
    private static readonly string Data = string.Concat(Enumerable.Range(1, 200_000).Select(i => $"{i}\tit's é 日本語 \\. ; $$ /* -- DOWN: {i}\n"));

    private readonly MigrationFolder _folder = new();

    [Theory]
    [InlineData("COPY t FROM stdin;\n{0}\\.\nSELECT nope;\n-- DOWN:\n-- DROP TABLE t;\n", 1)]
    [InlineData("\uFEFF-- UP:\nCOPY public.t (a,\n b) FROM STDIN WITH (DELIMITER E'\\t'); -- data\n{0}\\.\nCOPY u FROM stdin;\nsmall\n\\.\ncopy t from stdin;\n{0}\\.\nSELECT 'x';\n", 2)]
    [InlineData("SELECT 1; COPY t FROM stdin;\n{0}\\.", 1)]
    [InlineData("-- COPY t FROM stdin;\nCOPY t FROM stdin;\n{0}\\.\n-- DOWN:\nDELETE FROM t;\nCOPY t FROM stdin;\n{0}\\.\n", 2)]
    public void Data_that_are_left_in_the_file_change_nothing_else(string format, int holes)
    {
        foreach (var lineEnd in new[] { "\n", "\r\n" })
        {
            var script = format.Replace("{0}", Data, StringComparison.Ordinal).Replace("\n", lineEnd, StringComparison.Ordinal);
            var (large, whole) = Read(script);

            Assert.Equal(holes, large.Text.Holes.Length);
            Assert.InRange(large.Text.Length, 1, 2_000);
            Assert.Equal((whole.Checksum, whole.TokenChecksum), (large.Checksum, large.TokenChecksum));
            Assert.Equal(Places(whole.Up), Places(large.Up));
            Assert.Equal(whole.Up.Length, large.Up.Length);
            Assert.Equal(whole.Down is null ? [] : Places(whole.Down), large.Down is null ? [] : Places(large.Down));
            Assert.Equal(Parsed.Statements(whole.Up), Parsed.Statements(large.Up));
            Assert.Equal(whole.Problems, large.Problems);
        }
    }

    [Theory]
    [InlineData("SELECT 'COPY t FROM stdin;\n{0}\\.\n';\n")]
    [InlineData("SELECT $$\nCOPY t FROM stdin;\n{0}\\.\n$$;\n")]
    [InlineData("/*\nCOPY t FROM stdin;\n{0}\\.\n*/ SELECT 1;\n")]
    [InlineData("COPY t FROM stdin;\n{0}")]
    [InlineData("COPY t FROM stdin;\n{0}\0\n\\.\n")]
    [InlineData("SELECT 'from stdin;';\nCOPY t FROM stdin;\n{0}\\.\n")]
    [InlineData("SELECT '\nfrom stdin;\n\\.\n';\nSELECT '\nCOPY t FROM stdin;\n{0}\\.\n';\n")]
    public void What_only_looks_like_data_is_read_whole(string format)
    {
        var (read, whole) = Read(format.Replace("{0}", Data, StringComparison.Ordinal));

        Assert.Empty(read.Text.Holes);
        Assert.Equal(whole.Checksum, read.Checksum);
        Assert.Equal(whole.Up.Problems, read.Up.Problems);
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_found_in_large_data()
    {
        var bytes = Encoding.UTF8.GetBytes($"COPY t FROM stdin;\n{Data}x\n\\.\n");
        bytes[^5] = 0xFF;
        var file = _folder.Write("20250101_000001_a.sql", bytes);

        var parsed = ScriptParser.Parse(ScriptFile.Read(new FileInfo(file), "f.sql"));

        Assert.Equal((200_002, 1), (Assert.Single(parsed.Problems).Line, parsed.Problems[0].Column));
    }

    [Fact]
    public void Variables_and_included_files_keep_the_data_where_they_are()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "sub"));
        _folder.Write("sub/data.sql", $"SELECT 1;\nCOPY :t FROM stdin;\n{Data}\\.\nSELECT :'t';\n");

        var parsed = ScriptParser.Parse(new SourceText("f.sql", "\\set t x\n\\i sub/data.sql\nSELECT 2;\n"u8.ToArray()), new IncludeFolder(_folder.Path, ""));

        Assert.Empty(parsed.Up.Problems);
        Assert.Equal(["SELECT 1", "COPY x FROM stdin", "SELECT 'x'", "SELECT 2"], Parsed.Statements(parsed.Up));
        Assert.Equal(["sub/data.sql:1", "sub/data.sql:2", "sub/data.sql:200004", "f.sql:3"], Places(parsed.Up).Select(place => $"{place.File}:{place.Line}"));
        Assert.Equal(200_000, new CopyData(parsed.Up.Text, parsed.Up.Statements[1]).Lines);
        Assert.True(parsed.Up.Length > Data.Length);
    }

    [Theory]
    [InlineData("\r", "\n")]
    [InlineData("a\r", "\nb\r")]
    [InlineData("", "\r\n", "\r", "", "\r\n\n", "x\r\r", "\n")]
    public void A_line_end_may_be_cut_in_two_for_the_checksum(params string[] pieces)
    {
        using var digest = new Digest();
        foreach (var piece in pieces)
            digest.Append(Encoding.UTF8.GetBytes(piece));

        var whole = Encoding.UTF8.GetBytes(string.Concat(pieces).Replace("\r\n", "\n", StringComparison.Ordinal));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(whole)), digest.Finish());
    }

    public void Dispose() => _folder.Dispose();

    private (ParsedScript Read, ParsedScript Whole) Read(string script)
    {
        var bytes = Encoding.UTF8.GetBytes(script);
        var file = _folder.Write("20250101_000001_a.sql", bytes);
        return (ScriptParser.Parse(ScriptFile.Read(new FileInfo(file), "f.sql")), ScriptParser.Parse(new SourceText("f.sql", bytes)));
    }

    private static SourcePlace[] Places(ScriptSection section) => [.. section.Statements.Select(statement => section.Text.GetPlace(statement.Start))];
}
