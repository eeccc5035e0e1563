using PhaserAI.Migrations.Sql;
using Xunit;

namespace PhaserAI.Migrations.Tests.Sql;

/// <summary>No password is shown or stored, wherever in a script it stands.</summary>
public sealed class SecretMaskTests
{
    [Theory]
    [InlineData("ALTER ROLE r PASSWORD 'sesame'")]
    [InlineData("ALTER ROLE r PASSWORD 'open '\n  'sesame'")]
    [InlineData("DO $$ BEGIN CREATE ROLE r LOGIN PASSWORD 'sesame'; END $$")]
    [InlineData("DO $a$ BEGIN EXECUTE $b$ALTER ROLE r PASSWORD 'sesame'$b$; END $a$")]
    [InlineData("DO $$ BEGIN EXECUTE 'ALTER ROLE r PASSWORD ''sesame'''; END $$")]
    [InlineData("DO 'BEGIN CREATE ROLE r PASSWORD ''sesame''; END'")]
    [InlineData("DO $$ BEGIN EXECUTE 'ALTER ROLE r PASSWORD ' || quote_literal('sesame'); END $$")]
    [InlineData("SELECT format('ALTER ROLE %I PASSWORD %L', 'r', 'sesame')")]
    [InlineData("SELECT dblink_connect('host=db password=sesame')")]
    [InlineData("-- was: ALTER ROLE r PASSWORD 'sesame'\nSELECT 1")]
    [InlineData("SELECT 1 /* ALTER ROLE r PASSWORD 'sesame' */")]
    public void A_password_is_masked(string sql)
    {
        Assert.DoesNotContain("sesame", SecretMask.Apply(sql, out var hasSecret), StringComparison.Ordinal);
        Assert.True(hasSecret);
        Assert.DoesNotContain("sesame", SecretMask.Blank(sql), StringComparison.Ordinal);
        Assert.Equal(sql.Length, SecretMask.Blank(sql).Length);
    }

    [Theory]
    [InlineData("INSERT INTO words VALUES ('password', 'Passwort')")]
    [InlineData("CREATE TABLE users (password text DEFAULT 'none')")]
    [InlineData("DO $$ BEGIN RAISE NOTICE 'the password of % is kept', 'r'; END $$")]
    [InlineData("-- The user's password is not stored here.\nSELECT 'x'")]
    public void Other_text_stays(string sql)
    {
        Assert.Equal(sql, SecretMask.Apply(sql, out var hasSecret));
        Assert.False(hasSecret);
    }
}
