using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

/// <summary>What only the session of an earlier step has can't be used in a later one.</summary>
public sealed class SessionObjectsTests
{
    [Theory]
    [InlineData("CREATE TEMP TABLE x (n int)", "INSERT INTO a SELECT * FROM x", "the temporary table x")]
    [InlineData("CREATE TEMPORARY VIEW \"X y\" AS SELECT 1", "INSERT INTO a TABLE \"X y\"", "the temporary table X y")]
    [InlineData("CREATE TABLE pg_temp.x (n int)", "UPDATE x SET n = 1", "the temporary table x")]
    [InlineData("SELECT 1 AS n INTO TEMP x", "INSERT INTO a SELECT 1 FROM b JOIN x USING (n)", "the temporary table x")]
    [InlineData("CREATE TEMP TABLE x (n int)", "DO $$ BEGIN DELETE FROM ONLY x; END $$", "the temporary table x")]
    [InlineData("CREATE TEMP TABLE x (n int)", "DROP TABLE x", "the temporary table x")]
    [InlineData("PREPARE x AS SELECT 1", "EXECUTE x", "the prepared statement x")]
    [InlineData("DECLARE x CURSOR WITH HOLD FOR SELECT 1", "FETCH NEXT FROM x", "the cursor x")]
    public void Use_in_a_later_step_is_refused(string make, string use, string what)
    {
        var problem = Assert.Single(Planned.Steps($"BEGIN;\n{make};\nCOMMIT;\nBEGIN;\n{use};\nCOMMIT;\n").Problems);

        Assert.Equal((5, $"{what} belongs to the session of an earlier step, and after an interruption this step runs in another one"), (problem.Line, problem.Message));
    }

    [Theory]
    [InlineData("SET LOCAL search_path = s;\nCREATE TABLE a ();\nCREATE INDEX CONCURRENTLY i ON a (n);", 1, 3)]
    [InlineData("SELECT 1;\nset local role owner;\nALTER TABLE a VALIDATE CONSTRAINT c;\nCREATE TABLE b ();", 2, 3)]
    [InlineData("-- Transaction: none\nSET LOCAL work_mem = '1GB';\nSELECT 1;", 2, 3)]
    public void What_is_set_for_a_transaction_that_ends_before_what_follows_is_refused(string script, int line, int next)
    {
        var problem = Assert.Single(Planned.Steps(script).Problems);

        Assert.Equal((line, $"SET LOCAL ends with its transaction, and what follows from line {next} on runs outside of it"), (problem.Line, problem.Message));
    }

    [Theory]
    [InlineData("SET LOCAL search_path = s; CREATE TABLE a ();")]
    [InlineData("VACUUM; SET LOCAL search_path = s; CREATE TABLE a ();")]
    [InlineData("BEGIN; SET LOCAL search_path = s; CREATE TABLE a (); COMMIT; VACUUM;")]
    [InlineData("BEGIN; CREATE TEMP TABLE x (n int); INSERT INTO x VALUES (1); COMMIT; VACUUM;")]
    [InlineData("CREATE TEMP TABLE x (n int); DROP TABLE x; VACUUM; SELECT x FROM a; UPDATE a SET x = 1;")]
    [InlineData("CREATE TEMP TABLE x (n int); VACUUM; CREATE TEMP TABLE x (n int); SELECT * FROM x;")]
    [InlineData("CREATE TEMP TABLE x (n int) ON COMMIT DROP; VACUUM; SELECT * FROM x;")]
    [InlineData("CREATE TEMP TABLE x (n int); VACUUM; DROP TABLE IF EXISTS x;")]
    [InlineData("CREATE TEMP TABLE x (n int); VACUUM; WITH x AS (SELECT 1) SELECT * FROM x;")]
    [InlineData("CREATE TEMP TABLE x (n int); VACUUM; SELECT * FROM x.t; SELECT * FROM x(1);")]
    [InlineData("DECLARE x CURSOR FOR SELECT 1; VACUUM; SELECT * FROM x;")]
    [InlineData("CREATE TABLE x (n int); VACUUM; SELECT * FROM x;")]
    public void Other_uses_of_the_name_are_fine(string script) => Assert.Empty(Planned.Steps(script).Problems);
}
