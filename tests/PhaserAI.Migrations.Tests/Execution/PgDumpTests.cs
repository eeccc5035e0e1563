using Npgsql;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>What a plain pg_dump writes is a migration: it makes a database of which pg_dump writes the same.</summary>
public sealed class PgDumpTests(PostgresServer server)
{
    private const string Everything = """
        CREATE SCHEMA "odd ""schema; --";
        SET search_path = "odd ""schema; --", public;
        CREATE TYPE mood AS ENUM ('it''s', 'so;so', E'back\\slash');
        CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        CREATE TABLE "odd ""table;'" (
          id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          "a b" text DEFAULT E'\\x\n''', m mood, p positive, b bytea, j jsonb, a text[], n numeric, t timestamptz,
          twice numeric GENERATED ALWAYS AS (n * 2) STORED
        );
        COMMENT ON TABLE "odd ""table;'" IS E'-- DOWN: it''s\n\\i x.sql\n:var \\. /* '';';
        INSERT INTO "odd ""table;'" ("a b", m, p, b, j, a, n, t) VALUES
          (E'\\.', 'it''s', 1, '\x00ff', '{"a": "\\"}', ARRAY['x', NULL, E'a\tb'], 1.50, '2025-01-01 00:00Z'),
          (E'line\nline\r\n\\N', 'so;so', NULL, '', 'null', '{}', 'NaN', 'infinity'),
          (E'\ttab; ''quote'' "double" $$ :var \b', E'back\\slash', 2, NULL, NULL, NULL, NULL, NULL),
          ('é日😀', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
          ('', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
          ('-- DOWN:', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        CREATE TABLE parts (k int, v text) PARTITION BY RANGE (k);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
        INSERT INTO parts SELECT i, repeat('x', i) FROM generate_series(0, 9) i;
        CREATE TABLE child (id int REFERENCES "odd ""table;'" (id) DEFERRABLE INITIALLY DEFERRED);
        CREATE INDEX ON child (id) WHERE id > 1;
        CREATE FUNCTION f(a text DEFAULT ':x') RETURNS text LANGUAGE plpgsql AS $body$
        BEGIN
          -- UP: nothing
          RETURN a || E'\\;' || $$ COPY t FROM stdin; $$;
        END $body$;
        CREATE FUNCTION g(a int) RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE a WHEN 1 THEN 2 ELSE 3 END; END;
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.v := lower(NEW.v); RETURN NEW; END';
        CREATE TRIGGER touch BEFORE INSERT ON parts FOR EACH ROW EXECUTE FUNCTION touch();
        CREATE VIEW v AS SELECT "a b" || ';' AS "x;" FROM "odd ""table;'" WHERE "a b" <> '''';
        CREATE MATERIALIZED VIEW mv AS SELECT count(*) FROM parts;
        CREATE SEQUENCE s START 5; SELECT nextval('s');
        ALTER TABLE child ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON child USING (id > 0);
        INSERT INTO child VALUES (1), (3);
        """;

    private const string LargeObject = "SELECT lo_from_bytea(4242, decode('00ff5c27', 'hex') || repeat('it''s', 10000)::bytea); COMMENT ON LARGE OBJECT 4242 IS 'large';";

    [Theory]
    [InlineData("--no-owner")]
    [InlineData("--inserts")]
    [InlineData("--column-inserts", "--rows-per-insert=3", "--quote-all-identifiers")]
    [InlineData("--clean", "--if-exists")]
    public async Task Its_output_makes_the_same_database(params string[] arguments)
    {
        await using var from = await server.CreateDatabaseAsync();
        await using var run = await TestRun.CreateAsync(server);
        await from.PsqlAsync("-c", Everything, "-c", LargeObject);
        var dump = await DumpAsync(from.Address, arguments);
        run.Folder.Write("20250101_000001_dump.sql", dump);

        var report = await run.UpAsync(run.Options with { HistorySchema = "migrations" });

        Assert.True(report.Succeeded, $"{report.Failure}\n{report.Failure?.Context}\n{string.Join('\n', report.Plan.Problems)}");
        Assert.Equal(Comparable(dump), Comparable(await DumpAsync(run.Database.Address, ["--exclude-schema=migrations", .. arguments])));
    }

    /// <summary>A pg_dump refuses a server that is newer: the tests on that server's version can't have this one.</summary>
    private async Task<string> DumpAsync(NpgsqlConnectionStringBuilder database, string[] arguments)
    {
        try
        {
            return await server.RunClientAsync("pg_dump", database, arguments);
        }
        catch (InvalidOperationException error) when (error.Message.Contains("server version mismatch", StringComparison.Ordinal))
        {
            Assert.Skip("The pg_dump of this machine is older than the server.");
            throw;
        }
    }

    /// <summary>Without the key that differs at each run.</summary>
    private static string Comparable(string dump) => string.Join('\n', dump.Split('\n')
        .Where(line => !line.StartsWith(@"\restrict", StringComparison.Ordinal) && !line.StartsWith(@"\unrestrict", StringComparison.Ordinal)));
}
