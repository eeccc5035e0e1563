using Npgsql;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Doctor;

/// <summary>What a user without rights is told; the GRANT that is named is enough.</summary>
public sealed class RightsTests(PostgresServer server) : IAsyncLifetime
{
    private readonly MigrationFolder _folder = new();
    private TestRole _role = null!;
    private TestDatabase _database = null!;

    private CliRunner Cli => new(_folder, _database) { Variables = { ["DB_USER"] = _role.Name } };

    public async ValueTask InitializeAsync()
    {
        _role = await TestRole.CreateAsync(server);
        _database = await server.CreateDatabaseAsync();
        await _database.ExecuteAsync("REVOKE CREATE ON SCHEMA public FROM public"); // as PostgreSQL 15 has it
    }

    [Fact]
    public async Task No_right_to_make_the_history()
    {
        var found = await Diagnosis.RunAsync(Cli);
        found.AssertFound("rights", "problem", $"{_role.Name} may not make tables in schema public, where schema_migrations is to be made", "GRANT USAGE, CREATE ON SCHEMA \"public\"");
        await GrantAsync(found, "rights");
        (await Diagnosis.RunAsync(Cli)).AssertFound("rights", "ok", "and make tables there");
    }

    [Fact]
    public async Task No_right_to_make_the_historys_schema()
    {
        var cli = Cli;
        cli.Variables["DB_HISTORY_SCHEMA"] = "tool";
        var found = await Diagnosis.RunAsync(cli);
        found.AssertFound("rights", "problem", "schema tool is not there, and", "GRANT CREATE ON DATABASE");
        await GrantAsync(found, "rights");
        (await Diagnosis.RunAsync(cli)).AssertNone("rights", "problem");
    }

    [Fact]
    public async Task No_right_to_write_a_history_that_is_there()
    {
        _folder.Write("20250101_000000_a.sql", "CREATE TABLE a (n int);");
        await new CliRunner(_folder, _database).RunAsync("up");
        (await Diagnosis.RunAsync(Cli)).AssertFound("history", "problem", "may not read the history", "GRANT SELECT");
        await _database.ExecuteAsync($"GRANT SELECT ON schema_migrations, schema_migrations_detail, schema_migrations_checkpoint, schema_migrations_log TO {_role.Name}");
        var found = await Diagnosis.RunAsync(Cli);
        found.AssertFound("rights", "problem", "may not INSERT, UPDATE, DELETE in public.schema_migrations", "GRANT INSERT, UPDATE, DELETE ON \"public\".schema_migrations ");
        found.AssertFound("rights", "problem", "may not INSERT in public.schema_migrations_log");
        await GrantAsync(found, "rights");
        (await Diagnosis.RunAsync(Cli)).AssertFound("rights", "ok", "but no new tables there");
    }

    [Fact]
    public async Task An_index_that_another_role_is_building_is_not_to_be_dropped()
    {
        await _database.ExecuteAsync("CREATE TABLE t (n int)");
        await using var writer = await _database.OpenAsync();
        await using (var write = new NpgsqlCommand("BEGIN; INSERT INTO t VALUES (1)", writer))
            await write.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var build = _database.ExecuteAsync("CREATE INDEX CONCURRENTLY t_n ON t (n)");
        await _database.WaitForAsync("select count(*) > 0 from pg_index where not indisvalid");

        var found = await Diagnosis.RunAsync(Cli);

        found.AssertFound("indexes", "warning", "index t_n of t is INVALID: it is being built, or", "run doctor again");
        await using (var end = new NpgsqlCommand("COMMIT", writer))
            await end.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await build;
    }

    [Fact]
    public async Task Another_roles_table_can_not_be_changed()
    {
        await _database.ExecuteAsync($"CREATE TABLE words (n int); CREATE TABLE notes (n int); GRANT USAGE, CREATE ON SCHEMA public TO {_role.Name}");
        _folder.Write("20250101_000000_a.sql", "CREATE TABLE own (n int);\nALTER TABLE own ADD m int;\nALTER TABLE IF EXISTS public.words ADD m int;\nCREATE INDEX notes_n ON notes (n);\n");
        var found = await Diagnosis.RunAsync(Cli);
        found.AssertFound("objects", "problem", "20250101_000000_a.sql:3 changes public.words, which belongs to postgres", "OWNER TO");
        found.AssertFound("objects", "problem", "20250101_000000_a.sql:4 changes public.notes");
        Assert.Equal(2, found.All.Count(finding => finding.Check == "objects"));
        await _database.ExecuteAsync($"ALTER TABLE words OWNER TO {_role.Name}; ALTER TABLE notes OWNER TO {_role.Name}");
        (await Diagnosis.RunAsync(Cli)).AssertFound("objects", "ok", "owns what pending scripts change (words, notes)");
        await _database.ExecuteAsync($"DROP OWNED BY {_role.Name}");
    }

    [Fact]
    public async Task A_schema_that_is_closed()
    {
        await _database.ExecuteAsync($"CREATE SCHEMA shop; GRANT USAGE, CREATE ON SCHEMA public TO {_role.Name}");
        _folder.Write("20250101_000000_a.sql", "CREATE TABLE shop.own (n int);\nCREATE TABLE fine (n int);\nCREATE TEMP TABLE here (n int);\n");
        var found = await Diagnosis.RunAsync(Cli);
        found.AssertFound("objects", "problem", "20250101_000000_a.sql:1 makes something in schema shop", "GRANT USAGE, CREATE ON SCHEMA \"shop\"");
        await GrantAsync(found, "objects");
        (await Diagnosis.RunAsync(Cli)).AssertNone("objects", "problem");
        await _database.ExecuteAsync($"DROP OWNED BY {_role.Name}");
    }

    [Fact]
    public async Task Few_connections_are_left()
    {
        await server.ExecuteAsync($"ALTER ROLE {_role.Name} CONNECTION LIMIT 2");
        (await Diagnosis.RunAsync(Cli)).AssertFound("connections", "warning", "only 1 more of 2: the connection limit of the role", "a run takes up to 3");
    }

    [Fact]
    public async Task An_extension_for_which_the_right_is_missing()
    {
        _folder.Write("20250101_000000_a.sql", "CREATE EXTENSION pg_stat_statements;\nCREATE EXTENSION pgcrypto;\n");
        Assert.SkipWhen(await _database.AskAsync("select count(*) from pg_available_extensions where name in ('pg_stat_statements', 'pgcrypto')") != "2", "The server's contrib is not installed.");
        var found = await Diagnosis.RunAsync(Cli);
        found.AssertFound("extensions", "warning", ":1 creates the extension pg_stat_statements, for which", "Let an administrator create it first");
        found.AssertFound("extensions", "warning", ":2 creates the extension pgcrypto, for which", "GRANT CREATE ON DATABASE");
        await _database.ExecuteAsync($"GRANT CREATE ON DATABASE {_database.Address.Database} TO {_role.Name}");
        Assert.DoesNotContain((await Diagnosis.RunAsync(Cli)).All, finding => finding.Message.Contains("pgcrypto, for which", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _database.DisposeAsync();
        await _role.DisposeAsync();
    }

    /// <summary>Runs what each finding of a check says is to be run.</summary>
    private async Task GrantAsync(Diagnosis found, string check)
    {
        foreach (var next in found.All.Where(finding => finding.Check == check && finding.State == "problem").Select(finding => finding.Next!))
        {
            var grant = next[next.IndexOf("GRANT", StringComparison.Ordinal)..];
            await _database.ExecuteAsync(grant[..(grant.IndexOf(';', StringComparison.Ordinal) + 1)]);
        }
    }
}
