using Npgsql;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>Whatever PostgreSQL accepts, nothing is called missing right after it has run.</summary>
public sealed class DeepValidationPropertyTests(PostgresServer server)
{
    private static readonly string[] Templates =
    [
        "CREATE TABLE {t} (x int, y int)", "CREATE TABLE IF NOT EXISTS {t} (x int PRIMARY KEY, y int)", "CREATE TABLE {t} (x int, y int) PARTITION BY LIST (x)",
        "CREATE TABLE {t} PARTITION OF {t} DEFAULT", "CREATE TABLE {t} (z int) INHERITS ({t})", "CREATE TABLE {t} AS SELECT 1 AS x, 2 AS y",
        "CREATE TEMP TABLE a (x int, y int)", "CREATE VIEW {t} AS SELECT 1 AS x", "CREATE OR REPLACE VIEW v AS SELECT * FROM {t}", "CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT x FROM {t}",
        "CREATE INDEX {i} ON {t} (x)", "CREATE UNIQUE INDEX IF NOT EXISTS {i} ON {t} (x, y)", "CREATE INDEX ON {t} (x)", "ALTER INDEX {i} ATTACH PARTITION {i}",
        "ALTER TABLE {t} ADD COLUMN {c} int", "ALTER TABLE {t} ADD COLUMN IF NOT EXISTS {c} int, ADD CONSTRAINT {k} CHECK ({c} IS NULL OR {c} <> 7)", "ALTER TABLE IF EXISTS {t} ADD w int",
        "ALTER TABLE {t} DROP COLUMN {c}", "ALTER TABLE {t} DROP CONSTRAINT {k}", "ALTER TABLE {t} ADD CONSTRAINT {k} UNIQUE (x)", "ALTER TABLE {t} ADD CONSTRAINT {k} UNIQUE USING INDEX {i}",
        "ALTER TABLE {t} RENAME TO d", "ALTER TABLE {t} RENAME {c} TO w", "ALTER TABLE {t} RENAME CONSTRAINT {k} TO l", "ALTER TABLE {t} SET SCHEMA s", "ALTER TABLE {t} ATTACH PARTITION {t} FOR VALUES IN (1)", "ALTER TABLE {t} INHERIT {t}",
        "ALTER TABLE {t} ALTER x TYPE bigint", "DROP TABLE {t}", "DROP VIEW v", "DROP MATERIALIZED VIEW m", "DROP INDEX {i}", "ALTER INDEX {i} RENAME TO j2",
        "CREATE SEQUENCE q", "CREATE SEQUENCE q OWNED BY {t}.x", "ALTER SEQUENCE q OWNED BY {t}.y", "DROP SEQUENCE q", "CREATE TYPE y AS (a int)", "ALTER TYPE y RENAME TO z", "CREATE DOMAIN o AS int", "DROP DOMAIN o",
        "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$", "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'", "DROP FUNCTION f(int)",
        "CREATE TRIGGER g BEFORE INSERT OR UPDATE OF x ON {t} FOR EACH ROW EXECUTE FUNCTION f()", "DROP TRIGGER g ON {t}", "CREATE POLICY p ON {t}", "DROP POLICY p ON {t}", "ALTER POLICY p ON {t} RENAME TO p2",
        "CREATE SCHEMA s", "SET search_path = s, public", "SET search_path = public", "SAVEPOINT p",
        "DO $$ BEGIN DROP TABLE IF EXISTS b; CREATE TABLE b (x int, y int); END $$",
        "CREATE OR REPLACE FUNCTION clear() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE IF EXISTS a CASCADE; END $$",
    ];

    // After these, much is uncertain; so they are rare.
    private static readonly string[] Sweeping =
    [
        "ALTER TABLE {t} DROP {c} CASCADE", "DROP TABLE IF EXISTS {t}, c CASCADE", "DROP TYPE y CASCADE", "DROP FUNCTION f() CASCADE", "ALTER SCHEMA s RENAME TO s2", "DROP SCHEMA s CASCADE",
        "ROLLBACK TO p", "DO $$ BEGIN EXECUTE 'DROP VIEW IF EXISTS v'; END $$", "SELECT clear()",
    ];

    [Theory]
    [InlineData(2)] // a view on a temporary table is temporary
    [InlineData(7)]
    [InlineData(11)] // IF NOT EXISTS, and the index is on another table
    public async Task After_up_nothing_is_missing(int seed)
    {
        var random = new Random(seed);
        await using var run = await TestRun.CreateAsync(server);
        await using var trial = await server.CreateDatabaseAsync();
        await using var connection = await trial.OpenAsync();
        for (var number = 0; number < 80; number++)
        {
            var script = await TryAsync(connection, [.. Enumerable.Range(0, 12).Select(_ => Make(random))]);
            run.Folder.Write($"{Planning.Planned.V(number)}_m.sql", script);
        }

        var looked = 0;
        for (var last = 3; last < 80; last += 4)
        {
            var report = await new Migrator(run.Options).UpAsync(Planning.Planned.Version(Planning.Planned.V(last)), TestContext.Current.CancellationToken);
            Assert.True(report.Succeeded, report.Failure?.ToString());
            var validation = await new MigrationHistory(run.Options).ValidateAsync(deep: true, TestContext.Current.CancellationToken);
            Assert.Empty(validation.Problems);
            Assert.Empty(validation.Findings);
            looked += validation.CheckedObjects ?? 0;
        }

        Assert.True(looked > 50, $"{looked}");
    }

    /// <summary>The statements of a script that run one after the other, in one transaction and as in a new session.</summary>
    private static async Task<string> TryAsync(NpgsqlConnection connection, string[] statements)
    {
        await ExecuteAsync(connection, "DISCARD ALL");
        var accepted = new List<string> { "SELECT 1" };
        await ExecuteAsync(connection, "BEGIN");
        foreach (var statement in statements)
        {
            if (!statement.Contains("SAVEPOINT p", StringComparison.Ordinal) && !statement.StartsWith("ROLLBACK", StringComparison.Ordinal))
                await ExecuteAsync(connection, "SAVEPOINT trial");
            try
            {
                await ExecuteAsync(connection, statement);
                accepted.Add(statement);
            }
            catch (PostgresException)
            {
                if (statement.StartsWith("ROLLBACK", StringComparison.Ordinal))
                {
                    await ExecuteAsync(connection, "ROLLBACK; BEGIN");
                    accepted = ["SELECT 1"];
                }
                else
                {
                    await ExecuteAsync(connection, "ROLLBACK TO trial");
                }
            }
        }

        await ExecuteAsync(connection, "COMMIT");
        return string.Join(";\n", accepted) + ";\n";
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private static string Make(Random random)
    {
        var templates = random.Next(60) == 0 ? Sweeping : Templates;
        var template = templates[random.Next(templates.Length)];
        foreach (var (mark, names) in ((string, string[])[])[("{t}", ["a", "b", "c", "s.a", "public.a"]), ("{i}", ["i", "j"]), ("{c}", ["x", "y", "w"]), ("{k}", ["k", "l"])])
        {
            while (template.IndexOf(mark, StringComparison.Ordinal) is var at and >= 0)
                template = template[..at] + names[random.Next(names.Length)] + template[(at + mark.Length)..];
        }

        return template;
    }
}
