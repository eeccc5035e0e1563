using System.Text;
using CsCheck;
using PhaserAI.Migrations.Sql;
using Xunit;

namespace PhaserAI.Migrations.Tests.Sql;

public sealed class SqlLexerTests
{
    [Theory]
    [InlineData("select A_b é1 _x", "Word select | Word A_b | Word é1 | Word _x")]
    [InlineData("a$1$ b$$c", "Word a$1$ | Word b$$c")]
    [InlineData("\"a b\" \"c\"\"d\" u&\"\\0061\"", "QuotedIdentifier \"a b\" | QuotedIdentifier \"c\"\"d\" | QuotedIdentifier u&\"\\0061\"")]
    [InlineData("u & 'a' u&b", "Word u | Operator & | String 'a' | Word u | Operator & | Word b")]
    [InlineData("a\u00a0b a\u0085b", "Word a\u00a0b | Word a\u0085b")]
    public void Identifiers_begin_with_a_letter_and_go_on_with_digits_and_dollars(string text, string tokens) =>
        Assert.Equal(tokens, Lexed.Line(text));

    [Theory]
    [InlineData("'a''b' ''", "String 'a''b' | String ''")]
    [InlineData(@"'a\' b", @"String 'a\' | Word b")]
    [InlineData(@"E'a\'b' e'\\' e''''", @"String E'a\'b' | String e'\\' | String e''''")]
    [InlineData(@"N'a\' B'01' x'1F' U&'\0061\'", @"String N'a\' | String B'01' | String x'1F' | String U&'\0061\'")]
    [InlineData("ab'c' ee'd'", "Word ab | String 'c' | Word ee | String 'd'")]
    [InlineData("E 'a'", "Word E | String 'a'")]
    public void Strings_have_their_escapes_by_their_prefix(string text, string tokens) => Assert.Equal(tokens, Lexed.Line(text));

    [Theory]
    [InlineData(@"'a\'b'", @"String 'a\'b'")]
    [InlineData(@"n'a\'b'", @"String n'a\'b'")]
    [InlineData(@"B'0\' U&'a\' X'0\'", @"String B'0\' | String U&'a\' | String X'0\'")]
    public void Backslashes_escape_in_plain_strings_while_they_do_not_conform(string text, string tokens) =>
        Assert.Equal(tokens, Lexed.Line(text, standardConformingStrings: false));

    // psql 15 forgets the prefix at the end of a line; the server does not.
    [Theory]
    [InlineData("E'a'\n'b\\'c'", "String E'a' | String 'b\\'c'")]
    [InlineData("E'a' -- x\n -- y\n '\\'' '\\'", "String E'a' | LineComment -- x | LineComment -- y | String '\\'' | String '\\'")]
    [InlineData("E'a'\n'b'\r'\\''", "String E'a' | String 'b' | String '\\''")]
    [InlineData("E'a' 'b\\' c", "String E'a' | String 'b\\' | Word c")]
    [InlineData("E'a' /*\n*/ 'b\\' c", "String E'a' | BlockComment /*\n*/ | String 'b\\' | Word c")]
    [InlineData("E'a'\n, 'b\\' c", "String E'a' | Punctuation , | String 'b\\' | Word c")]
    public void String_on_a_later_line_keeps_the_escapes_of_the_one_it_continues(string text, string tokens) =>
        Assert.Equal(tokens, Lexed.Line(text));

    [Theory]
    [InlineData("$$a'b$$ $t$a$$b$T$c$t$", "DollarString $$a'b$$ | DollarString $t$a$$b$T$c$t$")]
    [InlineData("$é1_$x$é1_$", "DollarString $é1_$x$é1_$")]
    [InlineData("$1$$a$$", "Parameter $1 | DollarString $$a$$")]
    [InlineData("$ $a b $12", "Unknown $ | Unknown $ | Word a | Word b | Parameter $12")]
    [InlineData("$a b$c$", "Unknown $ | Word a | Word b$c$")]
    public void Dollar_begins_a_string_a_parameter_or_nothing(string text, string tokens) => Assert.Equal(tokens, Lexed.Line(text));

    [Theory]
    [InlineData("a -- b ; '\nc", "Word a | LineComment -- b ; ' | Word c")]
    [InlineData("a -- b\rc", "Word a | LineComment -- b | Word c")]
    [InlineData("/* a /* ; */ ' */ b", "BlockComment /* a /* ; */ ' */ | Word b")]
    [InlineData("/*/ */ a /**/ /***/ b", "BlockComment /*/ */ | Word a | BlockComment /**/ | BlockComment /***/ | Word b")]
    [InlineData("/*/*/ */*/ a", "BlockComment /*/*/ */*/ | Word a")]
    public void Comments_end_at_the_line_or_where_they_are_closed_as_often_as_opened(string text, string tokens) =>
        Assert.Equal(tokens, Lexed.Line(text));

    [Theory]
    [InlineData("a+--x", "Word a | Operator + | LineComment --x")]
    [InlineData("*/* ; */", "Operator * | BlockComment /* ; */")]
    [InlineData("a<=-1", "Word a | Operator <= | Operator - | Number 1")]
    [InlineData("a@-1 !=-1", "Word a | Operator @- | Number 1 | Operator !=- | Number 1")]
    [InlineData("a*-+-1", "Word a | Operator * | Operator - | Operator + | Operator - | Number 1")]
    [InlineData("a::b := c => d ||/ e", "Word a | Operator :: | Word b | Operator := | Word c | Operator => | Word d | Operator ||/ | Word e")]
    [InlineData("a.b,c[1:2]", "Word a | Punctuation . | Word b | Punctuation , | Word c | Punctuation [ | Number 1 | Punctuation : | Number 2 | Punctuation ]")]
    public void Operator_is_the_longest_run_that_holds_no_comment(string text, string tokens) => Assert.Equal(tokens, Lexed.Line(text));

    [Theory]
    [InlineData("1 1.5 .5 5. 1e10 1.5E-3 .5e+1", "Number 1 | Number 1.5 | Number .5 | Number 5. | Number 1e10 | Number 1.5E-3 | Number .5e+1")]
    [InlineData("1..10", "Number 1 | Operator .. | Number 10")]
    [InlineData("0x1F 0o17 0b01 1_000.5_0", "Number 0x1F | Number 0o17 | Number 0b01 | Number 1_000.5_0")]
    [InlineData("1E'a' 1e+ 2abc", "Number 1E | String 'a' | Number 1e+ | Number 2abc")]
    [InlineData("1.2.3 t.1", "Number 1.2 | Number .3 | Word t | Number .1")]
    [InlineData("0x'1'", "Number 0x | String '1'")]
    public void Number_takes_its_exponent_its_underscores_and_glued_letters(string text, string tokens) =>
        Assert.Equal(tokens, Lexed.Line(text));

    [Theory]
    [InlineData("a \\timing on; x\nb", "Word a | MetaCommand \\timing on; x | Word b")]
    [InlineData("\\g\r\nb \\", "MetaCommand \\g | Word b | MetaCommand \\")]
    public void Backslash_begins_a_meta_command_to_the_end_of_the_line(string text, string tokens) =>
        Assert.Equal(tokens, Lexed.Line(text));

    [Theory]
    [InlineData("a 'b;", "Word a | String! 'b;")]
    [InlineData("E'b\\'", "String! E'b\\'")]
    [InlineData("E'b\\", "String! E'b\\")]
    [InlineData("'b''", "String! 'b''")]
    [InlineData("\"b\"\"", "QuotedIdentifier! \"b\"\"")]
    [InlineData("$a$ $$ $a", "DollarString! $a$ $$ $a")]
    [InlineData("/* /* */ b", "BlockComment! /* /* */ b")]
    public void What_is_never_closed_reaches_to_the_end(string text, string tokens) => Assert.Equal(tokens, Lexed.Line(text));

    [Fact]
    public void White_space_is_that_of_scan_l_and_unknown_bytes_stand_alone() => Assert.Equal(
        ["WhiteSpace  \t\n\r\f\v", "Unknown \0", "Unknown {", "Unknown }", "Unknown \u0001"], Lexed.All(" \t\n\r\f\v\0{}\u0001"));

    [Fact]
    public void Reading_stops_at_the_given_end()
    {
        var lexer = new SqlLexer("x 'a;b' y"u8, 2, 5, standardConformingStrings: true);

        Assert.True(lexer.TryRead(out var token));
        Assert.Equal(new SqlToken(SqlTokenKind.String, 2, 3, Terminated: false), token);
        Assert.False(lexer.TryRead(out _));
    }

    [Fact]
    public void Tokens_in_a_row_are_the_text_whatever_it_is() => Gen.OneOf(Gen.Byte.Array[0, 60], SqlTexts.Scripts.Select(Encoding.UTF8.GetBytes))
        .Sample(
            bytes =>
            {
                foreach (var conforming in new[] { true, false })
                {
                    var lexer = new SqlLexer(bytes, 0, bytes.Length, conforming);
                    var end = 0;
                    while (lexer.TryRead(out var token))
                    {
                        Assert.Equal(end, token.Start);
                        Assert.True(token.Length > 0);
                        end = token.End;
                    }

                    Assert.Equal(bytes.Length, end);
                }
            },
            iter: 20_000);
}
