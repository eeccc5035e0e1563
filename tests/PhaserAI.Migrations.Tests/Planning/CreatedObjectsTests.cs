using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Tests.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

/// <summary>What scripts create is read to the letter; what may be gone again is read generously.</summary>
public sealed class CreatedObjectsTests
{
    [Theory]
    [InlineData("CREATE TABLE a (id int)", "table a")]
    [InlineData("CREATE TABLE IF NOT EXISTS s.a ()", "table s.a")]
    [InlineData("CREATE UNLOGGED TABLE a AS SELECT 1", "table a")]
    [InlineData("CREATE TABLE \"Mixed Case\" ()", "table Mixed Case")]
    [InlineData("create foreign table a () server s", "foreign table a")]
    [InlineData("CREATE TEMP TABLE a ()", "")]
    [InlineData("CREATE LOCAL TEMPORARY TABLE a ()", "")]
    [InlineData("CREATE TABLE pg_temp.a ()", "")]
    [InlineData("CREATE TEMP TABLE a (); CREATE INDEX i ON a (x); ALTER TABLE a ADD COLUMN c int", "")]
    [InlineData("CREATE TEMP TABLE a (); CREATE VIEW v AS SELECT * FROM a; CREATE VIEW w AS SELECT * FROM v; CREATE VIEW x AS SELECT 1", "view x")]
    [InlineData("CREATE OR REPLACE VIEW a AS SELECT 1", "view a")]
    [InlineData("CREATE RECURSIVE VIEW a (n) AS SELECT 1", "view a")]
    [InlineData("CREATE MATERIALIZED VIEW IF NOT EXISTS s.a AS SELECT 1", "materialized view s.a")]
    [InlineData("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.a (x)", "index s.i")]
    [InlineData("CREATE INDEX ON a (x)", "")]
    [InlineData("CREATE SEQUENCE q", "sequence q")]
    [InlineData("CREATE TYPE t AS ENUM ('a')", "type t")]
    [InlineData("CREATE DOMAIN s.t AS int", "domain s.t")]
    [InlineData("CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'", "function f")]
    [InlineData("CREATE PROCEDURE s.p() LANGUAGE sql AS ''", "procedure s.p")]
    [InlineData("CREATE TRIGGER g AFTER INSERT OR UPDATE OF a, b ON s.t FOR EACH ROW EXECUTE FUNCTION f()", "trigger g of t")]
    [InlineData("CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()", "trigger g of t")]
    [InlineData("CREATE POLICY p ON t USING (true)", "policy p of t")]
    [InlineData("CREATE SCHEMA IF NOT EXISTS s AUTHORIZATION r", "schema s")]
    [InlineData("CREATE SCHEMA AUTHORIZATION r", "")]
    [InlineData("CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" WITH SCHEMA public", "extension uuid-ossp")]
    [InlineData("ALTER TABLE t ADD COLUMN a int DEFAULT f(1, 2), ADD b numeric(10, 2), ADD COLUMN IF NOT EXISTS c int", "column t.a, column t.b, column t.c")]
    [InlineData("ALTER TABLE ONLY s.t ADD CONSTRAINT k UNIQUE (a), ADD CHECK (a > 0), ADD PRIMARY KEY (a), ADD FOREIGN KEY (a) REFERENCES u", "constraint k of t")]
    [InlineData("ALTER TABLE IF EXISTS t ADD COLUMN a int, ADD CONSTRAINT k CHECK (true)", "")]
    [InlineData("CREATE TABLE U&\"d!0061t\" UESCAPE '!' ()", "")]
    [InlineData("SELECT 1; CREATE ROLE r; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f(); CREATE RULE r AS ON INSERT TO t DO NOTHING", "")]
    [InlineData("SAVEPOINT s; CREATE TABLE a (); ROLLBACK TO s; CREATE TABLE b ()", "table b")]
    [InlineData("DO $$ BEGIN CREATE TABLE a (); END $$", "")]
    public void What_a_script_creates(string sql, string objects) => Assert.Equal(objects, Show(sql));

    [Theory]
    [InlineData("DROP TABLE a")]
    [InlineData("DROP TABLE IF EXISTS x, public.a")]
    [InlineData("DROP TABLE x CASCADE")]
    [InlineData("DROP VIEW a")]
    [InlineData("DROP OWNED BY r")]
    [InlineData("DROP SCHEMA s CASCADE")]
    [InlineData("DROP TABLE U&\"x\" UESCAPE '!'")]
    [InlineData("ALTER TABLE a RENAME TO b")]
    [InlineData("ALTER TABLE IF EXISTS s.a SET SCHEMA b")]
    [InlineData("ALTER VIEW a RENAME TO b")]
    [InlineData("ALTER SCHEMA s RENAME TO t")]
    [InlineData("ALTER TABLE x DROP COLUMN c CASCADE")]
    [InlineData("DO $$ BEGIN IF true THEN DROP TABLE a; END IF; END $$")]
    [InlineData("DO LANGUAGE plpgsql $$ BEGIN EXECUTE 'DROP TABLE ' || 'x'; END $$")]
    [InlineData("DO $$ BEGIN PERFORM drop_old_things(); END $$")]
    [InlineData("DO $$ BEGIN CALL anything(); END $$")]
    [InlineData("CALL anything()")]
    [InlineData("SELECT partman.undo_partition('x')")]
    [InlineData("WITH x AS (SELECT exec_sql('DROP TABLE a')) SELECT * FROM x")]
    [InlineData("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'drop table a'; END $$; SELECT f()")]
    [InlineData("CREATE TABLE p (); ALTER TABLE p ATTACH PARTITION a FOR VALUES IN (1); DROP TABLE p")]
    public void What_may_be_gone_is_not_looked_for(string sql) => Assert.DoesNotContain("table a", Show("CREATE TABLE a ()", sql), StringComparison.Ordinal);

    [Theory]
    [InlineData("DROP TABLE b")]
    [InlineData("DROP CAST (int AS text)")]
    [InlineData("ALTER TABLE a DROP COLUMN c, DROP CONSTRAINT IF EXISTS k")]
    [InlineData("ALTER TABLE a RENAME COLUMN c TO d")]
    [InlineData("ALTER TABLE a ALTER COLUMN c DROP NOT NULL")]
    [InlineData("ALTER FUNCTION f() SET search_path = ''")]
    [InlineData("DO $$ BEGIN IF true THEN CREATE TYPE t AS ENUM (); END IF; END $$")]
    [InlineData("DO $$ BEGIN DROP TABLE b; END $$")]
    [InlineData("DO $$ BEGIN PERFORM setval('q', 1); EXECUTE format('ALTER TABLE %I ADD COLUMN x int', 'b'); END $$")]
    [InlineData("CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'; CALL p()")]
    [InlineData("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'drop table a'; END $$")]
    [InlineData("INSERT INTO deleted_things (a) SELECT array_remove('{1}'::int[], 1)")]
    public void What_can_only_be_there_still_is_looked_for(string sql) => Assert.Contains("table a", Show("CREATE TABLE a ()", sql), StringComparison.Ordinal);

    [Theory]
    [InlineData("DROP TABLE t", "")]
    [InlineData("ALTER TABLE t RENAME TO u", "")]
    [InlineData("ALTER TABLE t DROP COLUMN c", "table t, trigger g of t, policy p of t, sequence other")]
    [InlineData("ALTER TABLE t DROP COLUMN x", "table t, column t.c, trigger g of t, policy p of t, sequence other")]
    [InlineData("ALTER TABLE t DROP CONSTRAINT k", "table t, column t.c, index i, trigger g of t, policy p of t, sequence q, sequence other")]
    [InlineData("ALTER TABLE t ADD CONSTRAINT k2 UNIQUE USING INDEX i", "table t, column t.c, constraint k of t, trigger g of t, policy p of t, sequence q, sequence other, constraint k2 of t")]
    [InlineData("CREATE INDEX IF NOT EXISTS i ON u (x); DROP TABLE t", "")]
    [InlineData("DROP INDEX CONCURRENTLY i; DROP TRIGGER g ON t; DROP POLICY IF EXISTS p ON t; DROP SEQUENCE q", "table t, column t.c, constraint k of t, sequence other")]
    public void What_belongs_to_a_table_goes_with_it(string sql, string left)
    {
        var objects = Show(
            """
            CREATE TABLE t ();
            ALTER TABLE t ADD COLUMN c int, ADD CONSTRAINT k CHECK (c > 0);
            CREATE INDEX i ON t (c);
            CREATE TRIGGER g BEFORE UPDATE ON t EXECUTE FUNCTION f();
            CREATE POLICY p ON t;
            CREATE SEQUENCE q OWNED BY t.c;
            CREATE SEQUENCE other;
            """,
            sql);

        Assert.Equal((left is "" ? "sequence other" : left).Split(", ").Order(StringComparer.Ordinal), objects.Split(", ").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Columns_go_from_the_tables_that_inherit_and_from_partitions_too()
    {
        var objects = Show(
            "CREATE TABLE t (c int); CREATE TABLE u () INHERITS (x, t); CREATE INDEX i ON u (c); CREATE TABLE v PARTITION OF t DEFAULT; CREATE INDEX j ON v (c);",
            "ALTER TABLE t DROP COLUMN c");

        Assert.Equal("table t, table u, table v", objects);
    }

    private static string Show(params string[] scripts)
    {
        var created = new CreatedObjects();
        foreach (var (number, script) in scripts.Index())
            created.Apply($"{number}", Parsed.Script(script).Up);
        return string.Join(", ", created.Objects.Select(item => item.Object));
    }
}
