using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Backups;

/// <summary><c>backup restore</c>: into an empty database, or in the place of one.</summary>
public sealed class BackupRestoreTests(PostgresServer server) : IAsyncLifetime
{
    private BackupProject? _project;

    private BackupProject Project => _project!;

    private string Name => Project.Database.Address.Database!;

    public async ValueTask InitializeAsync() => _project = await BackupProject.CreateAsync(server);

    [Theory]
    [InlineData("plain")]
    [InlineData("custom")]
    public async Task A_database_that_is_empty_or_not_there_gets_everything(string format)
    {
        await Project.Database.ExecuteAsync("SELECT lo_from_bytea(0, 'large')");
        var before = await BackupProject.ContentOfAsync(Project.Database);
        var backup = await Project.BackUpAsync("--format", format);
        var empty = await Project.EmptyDatabaseAsync();
        var restored = await Project.Cli().RunAsync("backup", "restore", Path.GetFileName(backup), "--database", empty.Address.Database!);
        Assert.True(restored.Code == 0, restored.ToString());
        await RemoveLogOfRestoreAsync(empty);
        Assert.Equal(before, await BackupProject.ContentOfAsync(empty));

        await empty.DisposeAsync();
        var made = await Project.Cli().RunAsync("backup", "restore", backup, "--database", empty.Address.Database!, "-o", "json");
        Assert.True(made.Code == 0, made.ToString());
        Assert.Equal(empty.Address.Database, made.Json.GetProperty("database").GetString());
        await RemoveLogOfRestoreAsync(empty);
        Assert.Equal(before, await BackupProject.ContentOfAsync(empty));
    }

    [Fact]
    public async Task A_database_that_is_not_empty_is_left_alone()
    {
        var backup = await Project.BackUpAsync();
        var before = await BackupProject.ContentOfAsync(Project.Database);
        var refused = await Project.Cli().RunAsync("backup", "restore", "latest");
        Assert.True(refused.Code == 9, refused.ToString());
        Assert.Contains($"{Name} is not empty", refused.Error, StringComparison.Ordinal);
        Assert.Contains($"./scripts/migrate.sh backup restore {Path.GetFileName(backup)} --replace", refused.Error, StringComparison.Ordinal);
        Assert.Equal(before, await BackupProject.ContentOfAsync(Project.Database));
    }

    /// <summary>What a dump does not hold (owner, settings, rights, comment of the database itself) is the same afterwards.</summary>
    [Fact]
    public async Task Replacing_brings_the_backup_back_and_keeps_what_was_there()
    {
        var role = "r_" + Guid.NewGuid().ToString("N");
        await Project.Database.ExecuteAsync($"""
            CREATE ROLE {role};
            ALTER DATABASE {Name} SET search_path TO "$user", public, "Odd schema";
            ALTER DATABASE {Name} SET statement_timeout TO '5min';
            ALTER ROLE {role} IN DATABASE {Name} SET work_mem TO '7MB';
            REVOKE ALL ON DATABASE {Name} FROM PUBLIC;
            GRANT CONNECT ON DATABASE {Name} TO pg_monitor WITH GRANT OPTION;
            COMMENT ON DATABASE {Name} IS 'it''s {0}';
            ALTER DATABASE {Name} CONNECTION LIMIT 50;
            ALTER DATABASE {Name} OWNER TO {role};
            """);
        const string Form = """
            SELECT concat_ws(' | ', datdba::regrole, encoding, datcollate, datctype, datconnlimit, shobj_description(d.oid, 'pg_database'),
              (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(datacl) a), (SELECT string_agg(setrole::text || setconfig::text, ';' ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid))
            FROM pg_database d WHERE datname = current_database()
            """;
        var form = await Project.Database.AskAsync(Form);
        var before = await BackupProject.ContentOfAsync(Project.Database);
        var backup = await Project.BackUpAsync();
        await Project.Database.ExecuteAsync("DELETE FROM words; CREATE TABLE newer ()");
        var changed = await BackupProject.ContentOfAsync(Project.Database);
        var replaced = await Project.Cli().RunAsync("backup", "restore", Path.GetFileName(backup), "--replace", "-o", "json");
        Assert.True(replaced.Code == 0, replaced.ToString());
        var kept = new TestDatabase(server, new Npgsql.NpgsqlConnectionStringBuilder(Project.Database.ConnectionString) { Database = replaced.Json.GetProperty("kept").GetString() });
        try
        {
            Assert.Equal("restore", await Project.Database.AskAsync("SELECT action FROM schema_migrations_log WHERE backup LIKE 'backups/%' AND reason LIKE 'what was there is kept as %'"));
            await RemoveLogOfRestoreAsync(Project.Database);
            Assert.Equal(before, await BackupProject.ContentOfAsync(Project.Database));
            Assert.Equal(form, await Project.Database.AskAsync(Form));
            Assert.Equal(changed, await BackupProject.ContentOfAsync(kept));
            Assert.Equal("0", await Project.Database.AskAsync($"SELECT count(*) FROM pg_database WHERE datname LIKE 'phaserai_restore_%' AND shobj_description(oid, 'pg_database') LIKE '%{Path.GetFileName(backup)}%'"));
        }
        finally
        {
            await kept.DisposeAsync();
            await Project.Database.ExecuteAsync($"ALTER DATABASE {Name} OWNER TO postgres; DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task A_user_who_is_no_superuser_verifies_and_replaces_a_database_of_its_own()
    {
        var role = "r_" + Guid.NewGuid().ToString("N");
        await using var project = await BackupProject.CreateAsync(server, isMigrated: false);
        await project.Database.ExecuteAsync($"CREATE ROLE {role} LOGIN CREATEDB; ALTER DATABASE {project.Database.Address.Database} OWNER TO {role}");
        try
        {
            var cli = project.Cli();
            cli.Variables["DB_USER"] = role;
            foreach (var command in (string[][])[["up"], ["backup", "create"], ["backup", "verify"]])
            {
                var done = await cli.RunAsync(command);
                Assert.True(done.Code == 0, done.ToString());
            }

            var replaced = await cli.RunAsync("backup", "restore", "latest", "--replace", "-o", "json");
            Assert.True(replaced.Code == 0, replaced.ToString());
            await server.ExecuteAsync($"DROP DATABASE {replaced.Json.GetProperty("kept").GetString()}");
            Assert.Equal(role, await project.Database.AskAsync("SELECT datdba::regrole FROM pg_database WHERE datname = current_database()"));
        }
        finally
        {
            await server.ExecuteAsync($"ALTER DATABASE {project.Database.Address.Database} OWNER TO postgres");
            await project.Database.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    [Fact]
    public async Task Replacing_is_refused_while_others_use_the_database_unless_forced()
    {
        var backup = await Project.BackUpAsync();
        await using (var other = await Project.Database.OpenAsync())
        {
            var refused = await Project.Cli().RunAsync("backup", "restore", "latest", "--replace");
            Assert.True(refused.Code == 9, refused.ToString());
            Assert.Contains($"{Name} is in use by others: pid {other.ProcessID} (postgres)", refused.Error, StringComparison.Ordinal);
            Assert.Contains("--replace --force", refused.Error, StringComparison.Ordinal);
            var forced = await Project.Cli().RunAsync("backup", "restore", backup, "--replace", "--force", "-o", "json");
            Assert.True(forced.Code == 0, forced.ToString());
            await server.ExecuteAsync($"DROP DATABASE {forced.Json.GetProperty("kept").GetString()}");
        }
    }

    [Fact]
    public async Task Replacing_in_prod_must_be_confirmed()
    {
        var backup = Path.GetFileName(await Project.BackUpAsync());
        var other = await Project.Cli("prod").RunAsync("backup", "restore", "latest", "--replace", "--yes");
        Assert.True(other.Code == 9, other.ToString());
        Assert.Contains($"there is no backup of the database {Name} of prod in backups; the newest is {backup}, of the database {Name} of dev", other.Error, StringComparison.Ordinal);
        var refused = await Project.Cli("prod").RunAsync("backup", "restore", backup, "--replace");
        Assert.True(refused.Code == 6, refused.ToString());
        Assert.Contains($"./scripts/migrate.sh backup restore {backup} --replace --yes if you are sure.", refused.Error, StringComparison.Ordinal);
        var copy = await Project.Cli("prod").RunAsync("backup", "restore", backup, "--database", "copy", "--replace", "--force");
        Assert.Contains($"./scripts/migrate.sh backup restore {backup} --database copy --replace --force --yes", copy.Error, StringComparison.Ordinal);
        var asked = await Project.Cli("prod", $"{Name}\n").RunAsync("backup", "restore", backup, "--replace");
        Assert.True(asked.Code == 0, asked.ToString());
        Assert.Contains("What was written since then is not in it.", asked.Error, StringComparison.Ordinal);
        Assert.Contains("confirmed at the terminal", (await Project.Database.AskAsync("SELECT reason FROM schema_migrations_log WHERE action = 'restore'"))!, StringComparison.Ordinal);
        await server.ExecuteAsync($"DROP DATABASE {(await Project.Database.AskAsync("SELECT datname FROM pg_database WHERE datname LIKE left(current_database(), 20) || '%before%'"))}");
    }

    /// <summary>The way of those who have made their dumps without this tool.</summary>
    [Fact]
    public async Task A_dump_of_pg_dump_itself_is_restored_whole_or_not_at_all()
    {
        var file = Path.Combine(Project.Folder.Project, "by_hand.sql");
        await Project.Database.ExecuteAsync("SELECT lo_from_bytea(0, 'large')");
        await Shell.RunAsync($"pg_dump > {file}", Project.Database.Address);
        var empty = await Project.EmptyDatabaseAsync();
        Assert.Equal(0, (await Project.Cli().RunAsync("backup", "restore", "by_hand.sql", "--database", empty.Address.Database!)).Code);
        var other = await Project.EmptyDatabaseAsync();
        await File.AppendAllTextAsync(file, "\nSELECT 1 / 0;\n");
        var failed = await Project.Cli().RunAsync("backup", "restore", "by_hand.sql", "--database", other.Address.Database!);
        Assert.True(failed.Code == 9, failed.ToString());
        Assert.Contains("division by zero", failed.Error, StringComparison.Ordinal);
        var text = await File.ReadAllTextAsync(file);
        foreach (var part in (string[])[text[..(text.Length / 2)], text[..text.IndexOf("-- Name: ", text.Length / 4, StringComparison.Ordinal)]])
        {
            await File.WriteAllTextAsync(file, part);
            var cut = await Project.Cli().RunAsync("backup", "restore", "by_hand.sql", "--database", other.Address.Database!);
            Assert.True(cut.Code == 9, cut.ToString());
            Assert.Contains("by_hand.sql is cut off", cut.Error, StringComparison.Ordinal);
            Assert.Equal("", await BackupProject.ContentOfAsync(other));
        }

        var full = await Project.Cli().RunAsync("backup", "restore", "by_hand.sql", "--database", empty.Address.Database!);
        Assert.Contains($"./scripts/migrate.sh backup restore {file} --database {empty.Address.Database} --replace", full.Error, StringComparison.Ordinal);
        Assert.Equal("", await BackupProject.ContentOfAsync(other));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("custom")]
    public async Task A_damaged_backup_leaves_nothing(string format)
    {
        var backup = await Project.BackUpAsync("--format", format);
        await BackupVerifyTests.FlipAsync(backup);
        var empty = await Project.EmptyDatabaseAsync();
        var damaged = await Project.Cli().RunAsync("backup", "restore", "latest", "--database", empty.Address.Database!);
        Assert.True(damaged.Code == 9, damaged.ToString());
        Assert.Contains("is damaged: its SHA-256 is", damaged.Error, StringComparison.Ordinal);
        Assert.Equal("", await BackupProject.ContentOfAsync(empty));
    }

    public async ValueTask DisposeAsync()
    {
        if (_project is not null)
            await _project.DisposeAsync();
    }

    private static Task RemoveLogOfRestoreAsync(TestDatabase database) => database.ExecuteAsync(
        "SET search_path = public; DROP TRIGGER append_only ON schema_migrations_log; DELETE FROM schema_migrations_log WHERE action = 'restore'");
}
