using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Tests.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

public sealed class StepPlannerTests
{
    [Theory]
    [InlineData("SELECT 1; SELECT 2", "1T SELECT 1 | SELECT 2")]
    [InlineData("BEGIN; SELECT 1; COMMIT;", "1T SELECT 1")]
    [InlineData("START TRANSACTION; SELECT 1; END;", "1T SELECT 1")]
    [InlineData("begin work; SELECT 1; commit transaction;", "1T SELECT 1")]
    [InlineData("BEGIN; SELECT 1; COMMIT; SELECT 2; BEGIN; SELECT 3; COMMIT;", "1T SELECT 1", "2T SELECT 2", "3T SELECT 3")]
    [InlineData("SELECT 1; BEGIN; SELECT 2; COMMIT AND CHAIN; SELECT 3; COMMIT AND NO CHAIN;", "1T SELECT 1", "2T SELECT 2", "3T SELECT 3")]
    [InlineData("SELECT 1; VACUUM; SELECT 2; SELECT 3;", "1T SELECT 1", "2A VACUUM", "3T SELECT 2 | SELECT 3")]
    [InlineData("DO $$ BEGIN COMMIT; END $$; DO $$ BEGIN NULL; END $$;", "1A DO $$ BEGIN COMMIT; END $$", "2T DO $$ BEGIN NULL; END $$")]
    [InlineData("SELECT 1; ALTER TABLE a VALIDATE CONSTRAINT c; SELECT 2; ALTER DOMAIN d VALIDATE CONSTRAINT c;", "1T SELECT 1", "2T ALTER TABLE a VALIDATE CONSTRAINT c", "3T SELECT 2", "4T ALTER DOMAIN d VALIDATE CONSTRAINT c")]
    [InlineData("BEGIN; SELECT 1; ALTER TABLE ONLY a VALIDATE CONSTRAINT c; COMMIT;", "1T SELECT 1 | ALTER TABLE ONLY a VALIDATE CONSTRAINT c")]
    [InlineData("SELECT 1; ALTER TABLE a VALIDATE CONSTRAINT c, ADD b int;", "1T SELECT 1 | ALTER TABLE a VALIDATE CONSTRAINT c, ADD b int")]
    [InlineData("SAVEPOINT s; SELECT 1; ROLLBACK TO s; RELEASE s;", "1T SAVEPOINT s | SELECT 1 | ROLLBACK TO s | RELEASE s")]
    [InlineData("BEGIN; COMMIT; SELECT 1;", "1T SELECT 1")]
    [InlineData("\\timing on\nSELECT 1;\n\\echo done\n", "1T SELECT 1")]
    [InlineData("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT 1;", "1T SET TRANSACTION ISOLATION LEVEL SERIALIZABLE | SELECT 1")]
    [InlineData("")]
    [InlineData("BEGIN; COMMIT;")]
    public void Statements_are_grouped_as_they_commit(string text, params string[] steps)
    {
        var planned = Planned.Steps(text);

        Assert.Empty(planned.Problems);
        Assert.Equal(steps, planned.Steps.Select(Planned.Show));
    }

    [Theory]
    [InlineData("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT;", "ISOLATION LEVEL SERIALIZABLE")]
    [InlineData("START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE; SELECT 1; COMMIT;", "ISOLATION LEVEL REPEATABLE READ, READ WRITE")]
    [InlineData("BEGIN WORK NOT DEFERRABLE; SELECT 1; COMMIT;", "NOT DEFERRABLE")]
    public void Options_of_begin_are_kept(string text, string options)
    {
        var planned = Planned.Steps(text);

        Assert.Empty(planned.Problems);
        Assert.Equal(options, Assert.Single(planned.Steps).BeginOptions);
    }

    [Fact]
    public void Options_hold_for_a_chain_and_not_beyond_it() => Assert.Equal(
        ["1T[ISOLATION LEVEL SERIALIZABLE] SELECT 1", "2T[ISOLATION LEVEL SERIALIZABLE] SELECT 2", "3T SELECT 3"],
        Planned.Steps("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT AND CHAIN; SELECT 2; COMMIT; SELECT 3;").Steps.Select(Planned.Show));

    [Fact]
    public void Transaction_none_makes_a_step_of_each_statement_outside_begin() => Assert.Equal(
        ["1A SELECT 1", "2A SELECT 2", "3T SELECT 3 | SELECT 4", "4A SELECT 5"],
        Planned.Steps("-- Transaction: None\n\nSELECT 1; SELECT 2; BEGIN; SELECT 3; SELECT 4; COMMIT; SELECT 5;").Steps.Select(Planned.Show));

    [Theory]
    [InlineData("SELECT 1;\nBEGIN;\nSELECT 2;", 2, "this BEGIN has no COMMIT")]
    [InlineData("BEGIN;\n BEGIN;\nCOMMIT;", 2, "BEGIN inside the transaction that line 1 began")]
    [InlineData("SELECT 1;\nCOMMIT;", 2, "COMMIT without a BEGIN before it")]
    [InlineData("SELECT 1;\nEND;", 2, "COMMIT without a BEGIN before it")]
    [InlineData("COMMIT AND CHAIN;", 1, "COMMIT without a BEGIN before it")]
    [InlineData("BEGIN;\nSELECT 1;\nROLLBACK;", 3, "ROLLBACK would throw away what the migration has done")]
    [InlineData("ABORT;", 1, "ROLLBACK would throw away what the migration has done")]
    [InlineData("BEGIN;\nSELECT 1;\nPREPARE TRANSACTION 'x';", 3, "a prepared transaction would outlive the migration")]
    [InlineData("BEGIN READ ONLY; SELECT 1; COMMIT;", 1, "a migration can't run in a READ ONLY transaction: its history row could not be written")]
    [InlineData("BEGIN;\nSET TRANSACTION READ ONLY;\nCOMMIT;", 2, "a migration can't run in a READ ONLY transaction: its history row could not be written")]
    [InlineData("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;", 1, "a migration can't run in a READ ONLY transaction: its history row could not be written")]
    [InlineData("BEGIN;\n\nCREATE INDEX CONCURRENTLY i ON a (b);\nCOMMIT;", 3, "CREATE INDEX CONCURRENTLY can't run inside a transaction, and line 1 began one")]
    [InlineData("SELECT 1\n\\gexec\n", 2, @"\gexec of psql would run what the query returns")]
    [InlineData("\\timing \\i other.sql\n", 1, @"behind \timing, \i is not read")]
    [InlineData("\\echo x \\\\ DELETE FROM a;\n", 1, @"behind \echo, SQL is not read")]
    [InlineData("COPY a FROM stdin BINARY;\n1\n\\.\n", 1, "binary data can't stand in a script")]
    [InlineData("COPY a TO stdout;", 1, "COPY … TO STDOUT would send rows to a client that has no use for them")]
    public void What_the_runner_cannot_keep_its_promise_for_is_refused(string text, int line, string message)
    {
        var problem = Assert.Single(Planned.Steps(text).Problems);

        Assert.Equal((line, message), (problem.Line, problem.Message));
    }

    [Theory]
    [InlineData("BEGIN;\nSELECT 1;\nCOMMIT\nDROP TABLE a;", 4, "this can't follow COMMIT")]
    [InlineData("BEGIN\nDROP TABLE a;\nCOMMIT;", 2, "this can't follow BEGIN")]
    [InlineData("BEGIN;\nSELECT 1;\nCOMMIT\nBEGIN;\nSELECT 2;", 4, "this can't follow COMMIT")]
    [InlineData("BEGIN;\nEND now;", 2, "this can't follow END")]
    public void Statement_that_a_missing_semicolon_would_hide_is_refused(string text, int line, string message) =>
        Assert.Equal((line, message), Planned.Steps(text).Problems.Select(problem => (problem.Line, problem.Message)).First());

    [Fact]
    public void One_mistake_gives_one_problem()
    {
        var planned = Planned.Steps("BEGIN; SELECT 1; ROLLBACK; BEGIN; SELECT 2; COMMIT; BEGIN; SELECT 3; PREPARE TRANSACTION 'x'; BEGIN; COMMIT;");

        Assert.Equal(2, planned.Problems.Length);
    }

    [Fact]
    public void Every_statement_knows_its_transaction()
    {
        var planned = Planned.Steps("SELECT 1; VACUUM; BEGIN; SELECT 2; COMMIT AND CHAIN; SELECT 3; COMMIT; BEGIN; COMMIT; SELECT 4;");

        Assert.Equal([1, 0, 3, 3, 3, 4, 4, 5, 5, 5], planned.Transactions);
    }

    [Fact]
    public void Error_at_commit_points_at_the_commit_of_the_script()
    {
        var script = Parsed.Script("BEGIN;\nSELECT 1;\nCOMMIT;");

        var step = Assert.Single(StepPlanner.Plan(script.Up, script.Header).Steps);

        Assert.Equal((3, 1), step.Text.GetPosition(step.CommitOffset));
    }

    [Fact]
    public void Hash_of_a_step_changes_with_its_sql_only()
    {
        var step = Planned.Steps("VACUUM; SELECT 1, 'a';").Steps[1];

        Assert.Equal(step.Hash, Planned.Steps("VACUUM a; BEGIN; SELECT 1 , -- one\n'a'; COMMIT;").Steps[1].Hash);
        Assert.NotEqual(step.Hash, Planned.Steps("VACUUM; SELECT 1, 'b';").Steps[1].Hash);
    }
}
