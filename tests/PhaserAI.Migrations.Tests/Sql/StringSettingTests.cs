using System.Text;
using PhaserAI.Migrations.Sql;
using Xunit;

namespace PhaserAI.Migrations.Tests.Sql;

public sealed class StringSettingTests
{
    // Read with the setting off, the probe is one statement; with it on, two.
    private const string Probe = @"SELECT '\'; x -- '";

    [Theory]
    [InlineData("SET standard_conforming_strings = off;")]
    [InlineData("set session Standard_Conforming_Strings to 'OFF';")]
    [InlineData("SET \"standard_conforming_strings\" TO false;")]
    [InlineData("SET standard_conforming_strings = 0;")]
    [InlineData("SET standard_conforming_strings TO 'no';")]
    [InlineData("SET LOCAL standard_conforming_strings = off;")]
    [InlineData("SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false);")]
    [InlineData("SELECT set_config('search_path', '', false), set_config('standard_conforming_strings', 'off', true);")]
    [InlineData("BEGIN; SET standard_conforming_strings = off; COMMIT;")]
    [InlineData("SET standard_conforming_strings = off; BEGIN; SET standard_conforming_strings = on; ROLLBACK;")]
    [InlineData("SET standard_conforming_strings = off; BEGIN; SET LOCAL standard_conforming_strings = on; COMMIT;")]
    [InlineData("BEGIN; SET LOCAL standard_conforming_strings = off; ROLLBACK TO SAVEPOINT a;")]
    [InlineData("SET standard_conforming_strings = off; BEGIN; SELECT set_config('standard_conforming_strings', 'on', true); COMMIT;")]
    public void Strings_after_switching_it_off_have_backslash_escapes(string script) => Assert.Equal(1, ProbeStatements(script));

    [Theory]
    [InlineData("SET standard_conforming_strings = off; SET standard_conforming_strings = on;")]
    [InlineData("SET standard_conforming_strings = off; SET standard_conforming_strings TO DEFAULT;")]
    [InlineData("SET standard_conforming_strings = off; RESET standard_conforming_strings;")]
    [InlineData("SET standard_conforming_strings = off; RESET ALL;")]
    [InlineData("SET standard_conforming_strings = off; DISCARD ALL;")]
    [InlineData("SET standard_conforming_strings = off; SELECT set_config('standard_conforming_strings', 'on', false);")]
    [InlineData("BEGIN; SET LOCAL standard_conforming_strings = off; COMMIT;")]
    [InlineData("BEGIN; SET LOCAL standard_conforming_strings = off; COMMIT AND CHAIN;")]
    [InlineData("BEGIN; SELECT set_config('standard_conforming_strings', 'off', true); ROLLBACK;")]
    [InlineData("BEGIN; SET standard_conforming_strings = off; ROLLBACK;")]
    [InlineData("SET backslash_quote = off;")]
    [InlineData("RESET standard_conforming;")]
    [InlineData("SELECT 'standard_conforming_strings', 'off';")]
    [InlineData("-- SET standard_conforming_strings = off;\n")]
    [InlineData("SELECT current_setting('standard_conforming_strings', true);")]
    public void Strings_otherwise_are_standard(string script) => Assert.Equal(2, ProbeStatements(script));

    private static int ProbeStatements(string script)
    {
        var setting = Encoding.UTF8.GetBytes(script);
        var bytes = Encoding.UTF8.GetBytes(script + Probe);
        return StatementSplitter.Split(bytes, 0, bytes.Length).Statements.Count(statement => statement.Start >= setting.Length);
    }
}
