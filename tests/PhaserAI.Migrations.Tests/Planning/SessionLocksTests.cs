using System.Text;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

public sealed class SessionLocksTests
{
    [Theory]
    [InlineData("SELECT 1;\nDISCARD ALL;", 2, 1)]
    [InlineData("SELECT PG_ADVISORY_UNLOCK_ALL();", 1, 8)]
    [InlineData("SELECT pg_catalog.pg_advisory_unlock(1);", 1, 19)]
    [InlineData("DO 'BEGIN PERFORM pg_advisory_unlock(1); END';", 1, 19)]
    [InlineData("DO $$\nBEGIN\n  PERFORM pg_advisory_unlock_all();\nEND $$;", 3, 11)]
    public void What_lets_go_of_the_lock_is_refused_where_it_stands(string sql, int line, int column)
    {
        var problem = Assert.Single(Find(sql));
        Assert.Equal((line, column), (problem.Line, problem.Column));
    }

    [Theory]
    [InlineData("SELECT pg_advisory_lock(1);", 8)]
    [InlineData("SELECT pg_try_advisory_lock_shared(1, 2);", 8)]
    [InlineData("DO $$ BEGIN PERFORM pg_advisory_lock(1); END $$;", 21)]
    public void What_takes_a_lock_that_outlives_the_migration_is_refused(string sql, int column)
    {
        var problem = Assert.Single(Find(sql));
        Assert.Equal((1, column), (problem.Line, problem.Column));
        Assert.Contains("pg_advisory_xact_lock", problem.Mend, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT pg_try_advisory_xact_lock(1);")]
    [InlineData("DISCARD TEMP;")]
    [InlineData("SELECT 'pg_advisory_unlock'; -- pg_advisory_unlock\nSELECT pg_advisory_xact_lock(1);")]
    [InlineData("CREATE TABLE unlocked ();")]
    [InlineData("CREATE FUNCTION f() RETURNS bool LANGUAGE sql AS $$ SELECT pg_advisory_unlock(1) $$;")]
    public void What_only_looks_like_it_is_not(string sql) => Assert.Empty(Find(sql));

    private static IEnumerable<ScriptProblem> Find(string sql) =>
        SessionLocks.Find(ScriptParser.Parse(new SourceText("a.sql", Encoding.UTF8.GetBytes(sql))).Up);
}
