using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Cli.Doctor;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Doctor;

/// <summary>What doctor finds without a server: folder, settings, variables, secrets, programs, backups.</summary>
public sealed class ProjectTests : IDisposable
{
    private readonly MigrationFolder _folder = new();

    [Fact]
    public async Task With_nothing_set_it_says_what_up_would_start_and_starts_nothing()
    {
        var result = await new CliRunner(_folder, null).RunAsync("doctor");
        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains("Doctor of no database (dev)", result.Out, StringComparison.Ordinal);
        Assert.Matches("(?m)^  ok       address +none is named: up (makes a development database with PostgreSQL|fetches PostgreSQL)", result.Out);
        Assert.Matches("(?m)^  skipped  login +the development database does not run; ./scripts/migrate.sh dev start starts it, and so does up$", result.Out);
        Assert.False(Directory.Exists(Path.Combine(_folder.Project, ".phaserai")));
    }

    [Theory]
    [InlineData("prod", "no database is set for the environment prod", "DB_HOST", null, null)]
    [InlineData("dev", "DB_PORT is set, but DB_HOST is not", "Set DB_HOST too", "DB_PORT", "5433")]
    [InlineData("test", "DATABASE_URL can't be read", "postgres://user:password@host:port/database", "DATABASE_URL", "postgres://nobody:se#cret@")]
    public async Task An_address_that_can_not_be_used(string environment, string message, string next, string? name, string? value)
    {
        var cli = new CliRunner(_folder, null) { Variables = { ["ENVIRONMENT"] = environment } };
        if (name is not null)
            cli.Variables[name] = value!;
        var found = await Diagnosis.RunAsync(cli, "se#cret");
        found.AssertFound("address", "problem", message, next);
        found.AssertNone("settings", "problem");
        Assert.All(found.All.Where(finding => finding.Check is "login" or "history" or "lock"), finding => Assert.Equal("skipped", finding.State));
    }

    [Fact]
    public async Task Every_wrong_setting_is_named_and_what_needs_them_is_skipped()
    {
        File.WriteAllText(Path.Combine(_folder.Project, ".env"), "DB_PASSWORD='half a secret\n");
        File.WriteAllText(Path.Combine(_folder.Project, "migrate.toml"), "lock_wiat = \"1s\"\ndb_password = \"secret one\"\n");
        var cli = new CliRunner(_folder, null) { Variables = { ["MIGRATE_LOCK_TIMEOUT"] = "soon" } };
        var found = await Diagnosis.RunAsync(cli, "half a secret", "secret one");
        found.AssertFound("settings", "problem", ".env:1: the quote around the value of DB_PASSWORD is not closed");
        found.AssertFound("settings", "problem", "migrate.toml:1:1: there is no setting lock_wiat", "Did you mean lock_wait?");
        found.AssertFound("settings", "problem", "db_password does not belong here: this file is committed");
        found.AssertFound("settings", "problem", "MIGRATE_LOCK_TIMEOUT is \"soon\", which is no duration");
        found.AssertFound("address", "skipped", "the settings can't be used");
        found.AssertFound("folder", "ok", _folder.Project);
    }

    [Fact]
    public async Task Settings_that_contradict_each_other_are_named()
    {
        var cli = new CliRunner(_folder, null)
        {
            Variables =
            {
                ["DB_HOST"] = "no-such-host.invalid", ["DATABASE_URL"] = "postgres://u:hidden-word@other.invalid/d", ["DB_NAME"] = "d",
                ["BACKUP_S3_BUCKET"] = "some-bucket", ["BACKUP_DIR"] = "b", ["AWS_PROFILE"] = "no-such-profile", ["AWS_REGION"] = "eu-central-1",
            },
        };
        var found = await Diagnosis.RunAsync(cli, "hidden-word");
        found.AssertFound("settings", "warning", "DATABASE_URL (variable DATABASE_URL) has no effect", "settings shows what counts");
        found.AssertFound("settings", "warning", "BACKUP_S3_BUCKET and BACKUP_DIR are both set", "Unset BACKUP_DIR");
        found.AssertFound("AWS", "problem", "there is no AWS profile no-such-profile", "AWS_PROFILE");
        found.AssertFound("backups", "problem", "there is no AWS profile no-such-profile");
    }

    [Theory]
    [InlineData("DB_HOSTNAME", "DB_HOST")]
    [InlineData("MIGRATE_LOCKWAIT", "MIGRATE_LOCK_WAIT")]
    [InlineData("MIGRATE_LOCK_WIAT", "MIGRATE_LOCK_WAIT")]
    [InlineData("DB_PASSWROD", "DB_PASSWORD")]
    [InlineData("db_host", "DB_HOST")]
    [InlineData("POSTGRES_PASSWORD", "DB_PASSWORD")]
    [InlineData("DATABASEURL", "DATABASE_URL")]
    [InlineData("PGPASSWRD", "PGPASSWORD")]
    [InlineData("MIGRATION_DIR", "MIGRATIONS_DIR")]
    [InlineData("ENVIRONMNT", "ENVIRONMENT")]
    [InlineData("DB_POOL_SIZE", null)]
    [InlineData("PGDATA", null)]
    [InlineData("PGTZ", null)]
    [InlineData("HOST", null)]
    [InlineData("MIGRATE_PROJECT", null)]
    [InlineData("DB_HOST", null)]
    public void A_variable_that_is_nearly_one_of_ours(string name, string? meant) => Assert.Equal(meant, VariablesCheck.FindMeant(name));

    [Fact]
    public async Task Such_a_variable_is_named_when_the_right_one_is_not_set()
    {
        var cli = new CliRunner(_folder, null) { Variables = { ["DB_HOSTNAME"] = "db.example.com", ["MIGRATE_LOCKWAIT"] = "1s", ["MIGRATE_LOCK_WAIT"] = "2s" } };
        var found = await Diagnosis.RunAsync(cli);
        found.AssertFound("variables", "warning", "DB_HOSTNAME is set, and DB_HOST is not", "Did you mean DB_HOST?");
        Assert.Single(found.All, finding => finding.Check == "variables");
    }

    [Theory]
    [InlineData("DB_HOST", "db.prod.invalid", "looks like production", "Set ENVIRONMENT=prod")]
    [InlineData("ASPNETCORE_ENVIRONMENT", "Production", "the rules of dev apply, but ASPNETCORE_ENVIRONMENT is Production", "Set ENVIRONMENT=prod.")]
    [InlineData("DOTNET_ENVIRONMENT", "Staging", "the rules of dev apply, but DOTNET_ENVIRONMENT is Staging", "Set ENVIRONMENT=staging.")]
    public async Task An_environment_that_can_hardly_be_meant(string name, string value, string message, string next)
    {
        var cli = new CliRunner(_folder, null) { Variables = { [name] = value } };
        (await Diagnosis.RunAsync(cli)).AssertFound("environment", "warning", message, next);
    }

    [Fact]
    public async Task Secrets_that_others_can_read()
    {
        var git = ExternalProgram.FindOnPath("git");
        Require.Program(git, "git");
        File.WriteAllText(Path.Combine(_folder.Project, ".env"), "DB_PASSWORD=first-secret\n");
        File.WriteAllText(Path.Combine(_folder.Project, ".env.prod"), "DATABASE_URL=postgres://u:second-secret@h/d\n");
        File.WriteAllText(Path.Combine(_folder.Project, ".env.example"), "DB_PASSWORD=change-me\n");
        File.SetUnixFileMode(Path.Combine(_folder.Project, ".env"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        _folder.Write("20250101_000000_a.sql", "CREATE ROLE app PASSWORD 'third-secret';\n");
        await PostgresServer.RunAsync(git!, ["-C", _folder.Project, "init", "-q"]);
        await PostgresServer.RunAsync(git!, ["-C", _folder.Project, "add", ".env.prod", ".env.example"]);
        var found = await Diagnosis.RunAsync(new CliRunner(_folder, null), "first-secret", "second-secret", "third-secret");
        found.AssertFound("secrets", "problem", ".env.prod is committed and holds DATABASE_URL", "git rm --cached .env.prod");
        found.AssertFound("secrets", "warning", "git does not ignore it", ".gitignore");
        found.AssertFound("secrets", "warning", "other users of this machine can read it", "chmod 600 .env");
        found.AssertFound("secrets", "warning", "20250101_000000_a.sql holds a password", "\\password");
        Assert.Equal(4, found.All.Count(finding => finding.Check == "secrets"));

        File.Delete(Path.Combine(_folder.Path, "20250101_000000_a.sql"));
        File.Delete(Path.Combine(_folder.Project, ".env.prod"));
        File.WriteAllText(Path.Combine(_folder.Project, ".gitignore"), ".env\n");
        File.SetUnixFileMode(Path.Combine(_folder.Project, ".env"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await Diagnosis.RunAsync(new CliRunner(_folder, null))).AssertNone("secrets", "warning");
    }

    [Fact]
    public async Task A_folder_or_a_file_that_can_not_be_used()
    {
        _folder.Write("first.sql", "SELECT 1;");
        (await Diagnosis.RunAsync(new CliRunner(_folder, null))).AssertFound("migrations", "problem", "first.sql: the name does not fit", "Name it YYYYMMDD_HHMMSS");
        File.Delete(Path.Combine(_folder.Path, "first.sql"));
        _folder.Write("20250101_000000_a.sql", "SELECT 1;\nROLLBACK;\n");
        var found = await Diagnosis.RunAsync(new CliRunner(_folder, null));
        found.AssertFound("scripts", "problem", "20250101_000000_a.sql:2:1: ");
        found.AssertFound("migrations", "ok", "1 file in infra/migrations");
        var nowhere = new CliRunner(_folder, null) { Variables = { ["MIGRATIONS_DIR"] = "nowhere" } };
        (await Diagnosis.RunAsync(nowhere)).AssertFound("migrations", "problem", "there is no folder nowhere", "./scripts/migrate.sh new NAME");
    }

    [Fact]
    public async Task Prod_needs_pg_dump_a_place_for_backups_and_somebody_to_ask()
    {
        var none = Directory.CreateDirectory(Path.Combine(_folder.Project, "none")).FullName;
        File.WriteAllText(Path.Combine(_folder.Project, "a-file"), "");
        var cli = new CliRunner(_folder, null)
        {
            Variables = { ["ENVIRONMENT"] = "prod", ["DB_HOST"] = "no-such-host.invalid", ["MIGRATE_PG_BIN_DIR"] = none, ["BACKUP_DIR"] = "a-file/backups" },
        };
        var found = await Diagnosis.RunAsync(cli);
        found.AssertFound("programs", "problem", $"there is no pg_dump in {none} that runs: backup and rehearse need it, and up in prod makes a backup first", "MIGRATE_PG_BIN_DIR");
        found.AssertFound("programs", "warning", "there is no psql");
        found.AssertFound("backups", "problem", "a-file is a file", "BACKUP_DIR");
        found.AssertFound("terminal", "warning", "nobody can answer", "up --yes");
        cli.Variables["ENVIRONMENT"] = "dev";
        cli.Variables["CI"] = "true";
        cli.Variables.Remove("BACKUP_DIR");
        found = await Diagnosis.RunAsync(cli);
        found.AssertFound("programs", "warning", "there is no pg_dump");
        found.AssertFound("backups", "skipped", "dev makes none by itself");
        found.AssertNone("terminal", "warning");
    }

    [Fact]
    public void Every_check_stands_in_its_page()
    {
        var page = File.ReadAllText(Path.Combine(MigrationFolder.RepositoryRoot, "docs", "doctor.md"));
        var rows = page.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => line.Split('|')[1].Trim());
        Assert.Equal(Examiner.Names, rows.Where(name => name is not ("Check" or "" or "---")));
    }

    public void Dispose() => _folder.Dispose();
}
